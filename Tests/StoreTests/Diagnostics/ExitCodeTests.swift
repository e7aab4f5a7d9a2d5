import Store
import Testing

struct ExitCodeTests {
  @Test("the numbers are the published ones")
  func numbers() {
    let published: [ExitCode: Int32] = [
      .success: 0, .runFailed: 1, .usage: 2, .manifestInvalid: 3, .dataMissing: 4, .corrupt: 5,
      .inputOutput: 6, .locked: 7, .selfTestFailed: 8, .internalError: 70, .interrupted: 130,
      .terminated: 143,
    ]
    #expect(published.count == ExitCode.allCases.count)
    for code in ExitCode.allCases { #expect(published[code] == code.rawValue) }
  }
}
