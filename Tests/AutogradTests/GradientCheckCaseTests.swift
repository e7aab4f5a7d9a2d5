import Autograd
import Tensors
import TestSupport
import Testing

/// Checks of operations that are made up for a test.
private struct Subject: GradientCheckSource {
  static let operation = "Subject"
  static func samples<Scalar>() -> [OperationSample<Scalar>] {
    [
      OperationSample("right", inputs: [.init([3])]) { graph, x in
        graph.record(2 * x[0].tensor, inputs: x) { dY, pull in pull.add(2 * dY, to: x[0]) }
      },
      OperationSample("a thousandth off", inputs: [.init([3])]) { graph, x in
        graph.record(2 * x[0].tensor, inputs: x) { dY, pull in pull.add(2.002 * dY, to: x[0]) }
      },
      OperationSample("just inside", inputs: [.init([3])]) { graph, x in
        graph.record(2 * x[0].tensor, inputs: x) { dY, pull in pull.add(2.00001 * dY, to: x[0]) }
      },
      OperationSample("just outside", inputs: [.init([3])]) { graph, x in
        graph.record(2 * x[0].tensor, inputs: x) { dY, pull in pull.add(2.00004 * dY, to: x[0]) }
      },
      OperationSample("no pullback", inputs: [.init([3])]) { graph, x in
        graph.record(2 * x[0].tensor, inputs: x) { _, _ in }
      },
      OperationSample("tiny gradient lost", inputs: [.init([3])]) { graph, x in
        graph.record(2e-10 * x[0].tensor, inputs: x) { _, _ in }
      },
      OperationSample("tiny gradient lost and hidden", inputs: [.init([3]), .init([3])]) {
        graph, x in
        graph.record(x[0].tensor + 2e-10 * x[1].tensor, inputs: x) { dY, pull in
          pull.add(dY, to: x[0])
        }
      },
      OperationSample("announced as without effect", inputs: [.init([3])], inputsWithoutEffect: [0])
      { graph, x in
        graph.record(Tensor(zeros: [3]), inputs: x) { _, _ in }
      },
      OperationSample("wrongly announced", inputs: [.init([3])], inputsWithoutEffect: [0]) {
        graph, x in
        graph.record(2 * x[0].tensor, inputs: x) { dY, pull in pull.add(2 * dY, to: x[0]) }
      },
      OperationSample("not a number", inputs: [.init([3])]) { graph, x in
        graph.record(2 * x[0].tensor, inputs: x) { dY, pull in
          pull.add(Tensor(repeating: .nan, shape: [3]), to: x[0])
        }
      },
      OperationSample("one entry is not a number", inputs: [.init([3])]) { graph, x in
        graph.record(2 * x[0].tensor, inputs: x) { dY, pull in
          var dX = 2 * dY
          dX[flat: 1] = .nan
          pull.add(dX, to: x[0])
        }
      },
      OperationSample("one entry excused", inputs: [.init([2])]) { graph, x in
        // The second entry's true gradient is far below what central differences can see.
        let slopes = Tensor<Scalar>([1, 1e-12], shape: [2])
        return graph.record(slopes * x[0].tensor, inputs: x) { dY, pull in
          pull.add(slopes * dY, to: x[0])
        }
      },
    ]
  }
}

@Suite struct GradientCheckCaseTests {
  private func report(_ name: String) throws -> GradientCheckReport {
    try #require(GradientCheckCase.all(of: Subject.self).first { $0.name == "Subject: \(name)" })
      .run()
  }

  @Test(arguments: ["right", "just inside", "announced as without effect", "one entry excused"])
  func `right gradients pass`(_ name: String) throws {
    let report = try report(name)
    #expect(report.passed, "\(report)")
    #expect(report.description.hasPrefix("ok   Subject: \(name)"))
  }

  @Test(arguments: [
    "a thousandth off", "just outside", "no pullback", "tiny gradient lost",
    "tiny gradient lost and hidden", "wrongly announced", "not a number",
    "one entry is not a number",
  ])
  func `wrong gradients fail`(_ name: String) throws {
    let report = try report(name)
    #expect(!report.passed)
    #expect(report.description.hasPrefix("FAIL Subject: \(name)"))
    #expect(!report.problems.isEmpty)
  }

  @Test func `the report counts entries and measures the error`() throws {
    #expect(try report("right").entries == 3)
    #expect(try report("right").maximumRelativeError < 1e-9)
    expectClose(try report("a thousandth off").maximumRelativeError, 1e-3, relative: 0.01)
  }
}
