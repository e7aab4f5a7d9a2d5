import Autograd
import Datasets
import Masks
import NeuralNetworks
import Tensors

/// Classes of images that a network never learns.
enum NeverLearnedClasses: String, CaseIterable {
  /// Every training image has a class that was drawn for it once and for all. There is nothing that other
  /// images could show: masks are judged on the training images themselves.
  case randomLabels = "random-labels"
  /// Every class has the name of the next one, the last that of the first.
  case renamedClasses = "renamed-classes"

  /// Their names in manifests.
  static var names: [String] { allCases.map(\.rawValue) }
}

extension ImageStudy {
  /// The images to evaluate on that are of some classes.
  func judged(classes isIncluded: (String) -> Bool) -> MaskTask {
    let labels = valid.classNames.map(isIncluded)
    let members = (0..<valid.count).filter { labels[Int(valid.labels[$0])] }
    return judged(members, of: valid, valid.targets(members))
  }

  /// A function of images that the network never learned.
  func neverLearned(_ name: String) -> ControlledStage<Network> {
    guard let function = NeverLearnedClasses(rawValue: name) else {
      fatalError("there is no function '\(name)'")
    }
    let classes = train.classNames.count
    func renamed(_ label: UInt8) -> Int { (Int(label) + 1) % classes }
    let targets: [Int]
    let task: MaskTask
    switch function {
    case .randomLabels:
      targets = context.random("controls/random-labels").integers(train.count, below: classes)
      task = judged(Array(0..<train.count), of: train, targets)
    case .renamedClasses:
      targets = train.labels.map(renamed)
      task = judged(Array(0..<valid.count), of: valid, valid.labels.map(renamed))
    }
    let random = context.random("augmentation/\(ControlStep.neverLearned(name))")
    return ControlledStage(
      stage: MaskStudy<Network>.Stage(
        name: ControlStep.neverLearned(name), examples: train.count
      ) { indices, calls in
        loss(indices, targets: indices.map { targets[$0] }, calls.pass(), random)
      }, task: task)
  }

  private func judged(_ members: [Int], of images: ImageSet, _ targets: [Int]) -> MaskTask {
    MaskTask(answers: targets, part: Self.chunk) { range in
      let inputs = images.inputs(members[range])
      return { pass in
        let logits = network.forward(pass.graph.constant(inputs), in: pass).tensor
        return zip(logits.argmaxRows(), targets[range]).count { $0 == $1 }
      }
    }
  }
}
