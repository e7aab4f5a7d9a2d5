import Store
import Tensors

/// How the numbers of a file become those that a network takes.
public struct InputForm: Sendable, Hashable {
  /// The shape of one input in PyTorch's order: C×H×W for images.
  public var shape: Shape
  /// Whether arrays of images have their channels last, N×H×W×C.
  public var hasChannelsLast = false
  /// Numbers are divided by this first.
  public var scale = 1.0
  /// Subtracted after that, one for all or one for each channel (the first axis of the shape).
  public var means: [Double] = []
  /// Divided by after that, likewise.
  public var deviations: [Double] = []
  /// V, when every element of the array is a number 0 … V − 1 that becomes a vector with a single 1.
  public var oneHot: Int?

  /// Inputs of a shape as they are.
  public init(shape: Shape) { self.shape = shape }

  /// Whether the network takes the channels last.
  private var isImage: Bool { shape.rank == 3 }

  /// The shape that the network takes: H×W×C for images.
  public var networkShape: Shape { isImage ? [shape[1], shape[2], shape[0]] : shape }

  /// The shape of one example that an array of these inputs has.
  var arrayShape: Shape {
    hasChannelsLast && isImage ? networkShape : shape
  }
}

/// What a sub-task does to the inputs of the network, after all else.
public struct InputChange: Sendable, Hashable {
  /// Elements that are 0, by their number in PyTorch's order.
  public var zeros: [ClosedRange<Int>] = []
  /// The elements in another order: element i is what was element `order[i]`.
  public var order: [Int]?

  /// No change.
  public init() {}
}

/// The inputs of a data set as a network takes them, made for a batch at a time.
public struct InputArray: Sendable {
  /// The numbers of the files.
  public let array: JoinedArray
  /// How they become those of the network.
  public let form: InputForm
  /// For every element of the network's input the element of the file, or of its one-hot vectors;
  /// -1 for 0.
  private let elements: [Int]
  /// For every element of the network's input the number of its mean.
  private let channels: [Int]

  /// Inputs of a form.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` when the array has another shape.
  public init(_ array: JoinedArray, form: InputForm, change: InputChange = InputChange()) throws {
    try Self.check(array, form)
    self.array = array
    self.form = form
    let shape = form.shape
    let count = shape.count
    // Of PyTorch's order: where each element is in the file.
    var source = Array(0..<count)
    if form.hasChannelsLast, shape.rank == 3, array.rowShape.rank == 3 {
      let (c, h, w) = (shape[0], shape[1], shape[2])
      source = (0..<count).map { ($0 % (h * w)) * c + $0 / (h * w) }
    }
    if let order = change.order { source = order.map { source[$0] } }
    for range in change.zeros {
      for place in range { source[place] = -1 }
    }
    // In the network's order.
    let plane = shape.rank == 3 ? shape[1] * shape[2] : 1
    let places =
      shape.rank == 3
      ? (0..<count).map { ($0 % shape[0]) * plane + $0 / shape[0] } : Array(0..<count)
    elements = places.map { source[$0] }
    let perChannel = max(1, count / max(1, form.means.count))
    channels = places.map { form.means.count > 1 ? $0 / perChannel : 0 }
  }

  /// Number of examples.
  public var count: Int { array.count }

  /// Whether an array fits a form: by its shape, without axes of 1, or flat.
  private static func check(_ array: JoinedArray, _ form: InputForm) throws {
    let wanted = form.arrayShape
    let plain = form.oneHot.map { size in
      wanted.rank > 1 && wanted[wanted.rank - 1] == size
        ? Shape(wanted.dimensions.dropLast()) : [wanted.count / size]
    }
    let expected = plain ?? wanted
    func essential(_ shape: Shape) -> [Int] { shape.dimensions.filter { $0 != 1 } }
    let found = array.rowShape
    let isFlat = found.rank <= 1 || expected.rank <= 1
    guard essential(found) == essential(expected) || (isFlat && found.count == expected.count)
    else {
      let turned = form.shape.rank == 3 && !form.hasChannelsLast && found == form.networkShape
      throw Failure(
        .dataMissing,
        "the inputs of \(Failure.quote(path: array.source)) have shape \(found.prepending(array.count))",
        why: "the network takes N×\(expected.dimensions.map(String.init).joined(separator: "×"))"
          + (form.oneHot.map { ", each number one of \($0) (data.one-hot)" } ?? ""),
        help: turned
          ? "the channels are last: set data.channels: last"
          : "make the arrays and network.input agree; the first axis is that of the examples")
    }
  }

  /// The inputs of examples, in the order asked for.
  ///
  /// Shapes: B indices → B×the network's shape. Numbers are computed in double precision and rounded
  /// once.
  public func batch(_ indices: some Collection<Int>) -> Tensor<Float> {
    let width = elements.count
    let means = form.means.isEmpty ? [0] : form.means
    let deviations = form.deviations.isEmpty ? [1] : form.deviations
    let isPlain = form.means.isEmpty && form.deviations.isEmpty && form.scale == 1
    var result = Tensor<Float>(uninitialized: form.networkShape.prepending(indices.count))
    var row = [Double](repeating: 0, count: array.rowShape.count)
    result.withUnsafeMutableBufferPointer { out in
      row.withUnsafeMutableBufferPointer { row in
        for (item, index) in indices.enumerated() {
          array.copyRow(index, to: row)
          let start = item * width
          for place in 0..<width {
            let element = elements[place]
            if element < 0 {
              out[start + place] = 0
            } else if let size = form.oneHot {
              out[start + place] = row[element / size] == Double(element % size) ? 1 : 0
            } else if isPlain {
              out[start + place] = Float(row[element])
            } else {
              let channel = channels[place]
              let number = row[element] / form.scale - means[min(channel, means.count - 1)]
              out[start + place] = Float(number / deviations[min(channel, deviations.count - 1)])
            }
          }
        }
      }
    }
    return result
  }

  /// Looks at all numbers: they are finite, and whole and below a limit where tokens are needed.
  ///
  /// - Parameter limit: the number of tokens; nil for numbers of any kind.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` that names the first row.
  public func checkNumbers(tokensBelow limit: Int?) throws {
    let limit = form.oneHot ?? limit
    guard limit != nil || array.isFractional else { return }
    var row = [Double](repeating: 0, count: array.rowShape.count)
    for index in 0..<count {
      let wrong: Double? = row.withUnsafeMutableBufferPointer { row in
        array.copyRow(index, to: row)
        return row.first { number in
          guard let limit else { return !number.isFinite }
          return number.rounded() != number || number < 0 || number >= Double(limit)
        }
      }
      guard let wrong else { continue }
      let text = CSVNumber.format(wrong)
      guard let limit else {
        throw Failure(
          .dataMissing, "\(array.name(of: index)) has the number \(text)",
          why: "inputs are finite", help: "leave the example out, or replace the number")
      }
      throw Failure(
        .dataMissing, "\(array.name(of: index)) has the token \(text)",
        why: "tokens are the whole numbers 0 to \(limit - 1)",
        help: wrong == -1
          ? "sequences are filled up with a token of their own, not with -1"
          : "raise the number of tokens, or number them anew")
    }
  }
}
