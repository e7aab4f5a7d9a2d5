import Datasets
import ExperimentKit
import Store

/// A section `task` among whose keys are those of ``ImageTask``.
protocol TaskWithImages: Settings {
  /// The images.
  var data: ImageTask { get }
}

extension ImageTask: TaskWithImages {
  var data: ImageTask { self }

  /// Names of the ten classes of CIFAR-10, or of those that stand in for them.
  var classNames: [String] {
    switch source {
    case .official: CIFAR10Batch.classNames
    case .synthetic: SyntheticImages.classNames
    }
  }
}

/// Manifest section `task` of class removal.
struct ClassRemovalTask: TaskWithImages {
  var data = ImageTask()
  var classes: [String] = []

  static let schema = Schema<ClassRemovalTask>(
    Field.all(of: \.data) + [
      .texts(
        "classes", \.classes, paper: "all ten",
        "names of the classes that are left out, one after the other, each in a stage of its own; an "
          + "empty list stands for all")
    ])

  /// The classes that are left out.
  var removed: [String] { classes.isEmpty ? data.classNames : classes }

  /// The rules that go beyond single keys.
  func validate() throws {
    for name in classes where !data.classNames.contains(name) {
      throw Failure(
        .manifestInvalid, "task.classes: there is no class \(Failure.quote(name))",
        why: "the classes are \(data.classNames.joined(separator: ", "))",
        help: Suggestion.help(for: name, among: data.classNames))
    }
    try DistinctRule.check(classes, of: "task.classes")
  }
}
