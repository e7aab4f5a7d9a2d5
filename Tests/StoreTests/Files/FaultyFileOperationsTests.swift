import Store
import Testing

struct FaultyFileOperationsTests {
  @Test("descriptions are read, and nonsense is refused")
  func descriptions() {
    for text in [
      "write:3", "any:1:kill", "sync-folder:2:enospc", "rename:1:eio", "write:1:torn",
      "create:0", "append:1", "close:1", "link:1", "remove:1", "sync:1",
    ] {
      #expect(FaultyFileOperations(description: text) != nil, "\(text)")
    }
    for text in ["", "write", "write:x", "reed:1", "write:1:explode", "write:1:kill:now"] {
      #expect(FaultyFileOperations(description: text) == nil, "\(text)")
    }
  }
}
