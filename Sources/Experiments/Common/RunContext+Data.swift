import Datasets
import ExperimentKit

extension RunContext {
  /// The folder of the data sets; every file that is read in it is on record.
  var data: DataFolder { openData { DataFolder($0, willRead: $1) } }
}
