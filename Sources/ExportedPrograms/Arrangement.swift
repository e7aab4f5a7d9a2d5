/// A tensor of a program as elements of what a layer computes: views (`view`, `transpose`, `select`, …)
/// compute nothing, so they are followed element by element, whatever the program does with batch and
/// heads on the way, and what comes out is compared with what a layer needs.
struct Arrangement: Equatable {
  /// The value whose elements these are.
  var base: Int
  /// Extents, the batch among them.
  var shape: [Int]
  /// For every place the number of an element of the base, −1 for one that modlab does not compute; nil
  /// for all elements of the base in their order.
  var elements: [Int32]?
  /// Whether it is a copy, which does not change when the base is changed in place.
  var isCopy = false

  var count: Int { shape.reduce(1, *) }

  /// The numbers of the elements.
  var numbers: [Int32] { elements ?? (0..<Int32(count)).map { $0 } }

  /// Elements at regular distances, counted in the order of the present axes.
  ///
  /// - Parameters:
  ///   - shape: of the result.
  ///   - strides: distance of neighbours along every axis of the result.
  ///   - offset: place of the first element.
  ///   - baseCount: elements of the base, to recognise those in their order.
  func view(shape: [Int], strides: [Int], offset: Int = 0, baseCount: Int) -> Arrangement {
    let numbers = numbers
    var places = [offset]
    for (extent, stride) in zip(shape, strides) {
      var next: [Int] = []
      next.reserveCapacity(places.count * extent)
      for place in places {
        for index in 0..<extent { next.append(place + index * stride) }
      }
      places = next
    }
    var result = self
    result.shape = shape
    result.elements = places.map { numbers[$0] }
    return result.simplified(baseCount: baseCount)
  }

  /// Without numbers where they are those of all elements in order.
  func simplified(baseCount: Int) -> Arrangement {
    guard let elements, elements.count == baseCount,
      elements.enumerated().allSatisfy({ $0 == Int($1) })
    else { return self }
    var result = self
    result.elements = nil
    return result
  }

  /// Distances of neighbours in the order of the axes.
  var strides: [Int] {
    var result = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      result[axis] = result[axis + 1] * shape[axis + 1]
    }
    return result
  }

  /// The axes in another order.
  func permuted(_ axes: [Int], baseCount: Int) -> Arrangement {
    let strides = strides
    return view(
      shape: axes.map { shape[$0] }, strides: axes.map { strides[$0] }, baseCount: baseCount)
  }

  /// The same elements in another shape of as many.
  func reshaped(_ shape: [Int]) -> Arrangement {
    var result = self
    result.shape = shape
    return result
  }
}
