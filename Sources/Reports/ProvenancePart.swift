import ExperimentKit
import Runner
import Store

/// Where results come from: programs, machines, data and command lines.
struct ProvenancePart {
  private let reader: StudyReader

  init(_ reader: StudyReader) { self.reader = reader }

  /// Everything but configuration and data on which the bits of results may depend. What differs between runs
  /// has a line for each value, with the number of runs.
  var environment: PageTable {
    var table = PageTable(
      "Environment of the complete runs", columns: [.init("what"), .init("value")])
    let environments = reader.completeRuns.compactMap { run in
      run.inspection.status?.environment.objectValue
    }
    for key in Set(environments.flatMap(\.keys)).sorted() {
      let values = environments.map { $0[key].map(SettingText.describe) ?? "none" }
      let counts = Dictionary(grouping: values) { $0 }.mapValues(\.count)
      for (value, count) in counts.sorted(by: { $0.key < $1.key }) {
        table.add([
          .init(key),
          .init(counts.count == 1 ? value : "\(value) (\(count) of \(values.count) runs)"),
        ])
      }
    }
    return table
  }

  /// The data files that the runs have read.
  var data: PageTable {
    var table = PageTable(
      "Data files that the runs have read",
      columns: [.init("file"), .init("SHA-256"), .init("runs", .number)])
    var counts: [[String]: Int] = [:]
    for run in reader.runs {
      for (name, record) in run.inspection.status?.data ?? [:] {
        counts[[name, record.digest], default: 0] += 1
      }
    }
    for (key, count) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      table.add([.init(key[0]), .init(key[1], style: "code"), .init(String(count))])
    }
    return table
  }

  /// The command lines of `modlab run`, oldest first, as a shell takes them.
  var commandLines: [String] {
    reader.record.commandLines.map { words in words.map(Self.quoted).joined(separator: " ") }
  }

  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_=+./:,@%".utf8.contains(byte)
      }
    }
    return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }

  /// What to cite.
  static let references = [
    "Csordás, R., van Steenkiste, S., Schmidhuber, J.: Are Neural Nets Modular? Inspecting Functional "
      + "Modularity Through Differentiable Weight Masks. International Conference on Learning "
      + "Representations (ICLR), 2021. For studies of masks.",
    "Hod, S., Filan, D., Casper, S., Critch, A., Russell, S.: Quantifying Local Specialization in Deep "
      + "Neural Networks. arXiv:2110.08058, 2021. For lesions, importance and coherence of clusters.",
    "Filan, D., Casper, S., Hod, S., Wild, C., Critch, A., Russell, S.: Clusterability in Neural Networks. "
      + "arXiv:2103.03386, 2021. For normalised cuts of networks.",
  ]
}
