import Store

extension OfficialDataSet {
  /// Folders in which the published archive or repository, or another program, keeps the files.
  ///
  /// Nothing but files of this set has such a place, so that they may lie beside other data.
  public var layouts: [String] {
    let named: [String] =
      switch name {
      case "mnist": ["MNIST/raw"]  // torchvision
      case "fashion-mnist": ["FashionMNIST/raw"]  // torchvision
      case "scan":
        ["", "SCAN/", "SCAN-master/"].flatMap { clone in
          ["simple_split", "length_split", "add_prim_split"].map { clone + $0 }
        }
      default: []
      }
    return (folderInArchive.map { [$0] } ?? []) + named
  }

  /// The same for folders whose name does not tell which set they hold.
  ///
  /// MNIST and Fashion-MNIST have files of the same names and sizes: these folders are looked into
  /// only below one that is named after the set, or where the content is compared anyway.
  public var unnamedLayouts: [String] {
    switch name {
    case "mnist": ["raw"]
    case "fashion-mnist": ["raw", "data/fashion"]
    default: []
    }
  }

  /// What is known of other versions of the set that lie in folders of the user's, for messages.
  ///
  /// - Returns: "'d/data_batch_1' is of the Python version …" or nil when there is none.
  public func remarkOnOtherVersions(in folders: [String]) -> String? {
    for folder in folders {
      for version in otherVersions {
        guard let name = version.names.first(where: { Folder.exists("\(folder)/\($0)") }) else {
          continue
        }
        return "\(Failure.quote(path: "\(folder)/\(name)")) is of the \(version.title); "
          + "\(version.needed) needed"
      }
    }
    return nil
  }

  private struct OtherVersion {
    /// What it is called.
    let title: String
    /// Files and folders by which it is recognised.
    let names: [String]
    /// What is needed instead, with its verb.
    let needed: String
  }

  private var otherVersions: [OtherVersion] {
    switch name {
    case "cifar10":
      let binary = "the binary version, cifar-10-binary.tar.gz, is"
      return [
        OtherVersion(
          title: "Python version of CIFAR-10",
          names: [
            "data_batch_1", "test_batch", "batches.meta", "cifar-10-python.tar.gz",
            "cifar-10-python.tar", "cifar-10-batches-py",
          ], needed: binary),
        OtherVersion(
          title: "MATLAB version of CIFAR-10",
          names: [
            "data_batch_1.mat", "test_batch.mat", "cifar-10-matlab.tar.gz", "cifar-10-batches-mat",
          ], needed: binary),
      ]
    case "mnist", "fashion-mnist":
      let needed = "the four IDX files, such as train-images-idx3-ubyte.gz, are"
      return [
        OtherVersion(title: "version of Keras", names: ["mnist.npz"], needed: needed),
        OtherVersion(
          title: "version of old releases of torchvision",
          names: ["training.pt", "processed/training.pt"], needed: needed),
        OtherVersion(
          title: "version in CSV files", names: ["mnist_train.csv", "fashion-mnist_train.csv"],
          needed: needed),
      ]
    default: return []
    }
  }
}
