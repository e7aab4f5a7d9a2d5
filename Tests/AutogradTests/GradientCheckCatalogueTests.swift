import Autograd
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct GradientCheckCatalogueTests {
  @Test(arguments: GradientCheckCatalogue.all)
  func `every gradient agrees with central differences`(_ check: GradientCheckCase) {
    let report = check.run()
    #expect(report.passed, "\(report)")
  }

  @Test(arguments: GradientCheckCatalogue.all)
  func `every fault in every contribution is caught`(_ check: GradientCheckCase) {
    let numeric = check.numericGradients()
    let contributions = check.run(fault: nil, numeric: numeric).contributions
    for kind in PullbackFault.Kind.allCases {
      for contribution in 0..<contributions {
        let outcome = check.run(
          fault: PullbackFault(kind, contribution: contribution), numeric: numeric)
        // A fault in a contribution of zeros changes nothing, so there is nothing to catch.
        #expect(
          outcome.report.passed != outcome.faultMadeADifference,
          "\(kind) in contribution \(contribution): \(outcome.report)")
      }
    }
  }

  @Test func `faults are tried on contributions of every operation`() {
    var caught: [String: Int] = [:]
    for check in GradientCheckCatalogue.all {
      let numeric = check.numericGradients()
      for contribution in 0..<check.run(fault: nil, numeric: numeric).contributions {
        let fault = PullbackFault(.flippedSign, contribution: contribution)
        if check.run(fault: fault, numeric: numeric).faultMadeADifference {
          caught[check.operation, default: 0] += 1
        }
      }
    }
    for operation in Set(GradientCheckCatalogue.all.map(\.operation)) {
      #expect(caught[operation, default: 0] >= 5, "\(operation)")
    }
  }

  @Test(arguments: GradientCheckCatalogue.all)
  func `single precision agrees with double precision`(_ check: GradientCheckCase) {
    let single = check.runInSinglePrecision()
    let double = check.runInDoublePrecision()
    #expect(relativeError(single.result, double.result) <= 1e-5)
    for (position, pair) in zip(single.gradients, double.gradients).enumerated() {
      #expect(relativeError(pair.0, pair.1) <= 1e-4, "gradient \(position)")
    }
  }

  @Test(arguments: GradientCheckCatalogue.all)
  func `the gradient of one input does not depend on the others needing one`(
    _ check: GradientCheckCase
  ) {
    let all = check.runInDoublePrecision()
    for input in 0..<check.inputCount {
      let alone = check.runInDoublePrecision(variable: input)
      #expect(alone.result == all.result)
      #expect(alone.gradients[input] == all.gradients[input])
      for other in 0..<check.inputCount where other != input {
        #expect(alone.gradients[other] == Tensor(zeros: alone.gradients[other].shape))
      }
    }
  }

  @Test func `checks are deterministic and their names differ`() {
    let names = GradientCheckCatalogue.all.map(\.name)
    #expect(Set(names).count == names.count)
    let reports = GradientCheckCatalogue.all.prefix(20).map { $0.run().description }
    #expect(reports == GradientCheckCatalogue.all.prefix(20).map { $0.run().description })
  }

  @Test func `every operation file has checks and a test file`() throws {
    let operations = URL(filePath: #filePath)
      .appending(path: "../../../Sources/Autograd/Operations").standardized
    let files = try FileManager.default.contentsOfDirectory(atPath: operations.path())
      .filter { $0.hasSuffix(".swift") }.map { String($0.dropLast(".swift".count)) }
    let checked = Dictionary(grouping: GradientCheckCatalogue.all, by: \.operation)
    #expect(files.count >= 18)
    #expect(Set(files) == Set(checked.keys))
    let tests = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Operations")
    for file in files {
      #expect(checked[file, default: []].count >= 3, "\(file)")
      let path = tests.appending(path: "\(file)Tests.swift").path()
      #expect(FileManager.default.fileExists(atPath: path), "\(path)")
    }
  }
}
