import Store
import TestSupport
import Testing

struct MistakenContentTests {
  private static let pointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"

  @Test("pointers, pages and packed files are recognised by their beginning")
  func recognised() {
    let pages = [
      "<!DOCTYPE html><title>404</title>", "\n <html>", "\u{FEFF}<!doctype HTML>",
      "<?xml version=\"1.0\"?><Error/>",
    ]
    #expect(MistakenContent(Array(Self.pointer.utf8)) == .gitLFSPointer)
    for page in pages { #expect(MistakenContent(Array(page.utf8)) == .webPage) }
    #expect(MistakenContent(TestArchive.gzip([1, 2, 3])) == .packed(by: "gzip"))
    #expect(MistakenContent(Array("PK\u{3}\u{4}abc".utf8)) == .packed(by: "zip"))
    #expect(MistakenContent([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 1]) == .packed(by: "xz"))
  }

  @Test("data are not taken for anything else", arguments: ["", "IN: run OUT: I_RUN", "What is <"])
  func data(text: String) {
    #expect(MistakenContent(Array(text.utf8)) == nil)
  }

  @Test("readers name what they are given")
  func readers() throws {
    let manifest = failure { _ = try YAMLNode.parse(Self.pointer, file: "m.yaml") }
    #expect(
      manifest?.description == """
        m.yaml:1:1: the file is a Git LFS pointer, not the file itself
          why: a manifest is a text in YAML
          help: get the file itself with 'git lfs pull' where it was cloned
        """)
    #expect(manifest?.exitCode == .manifestInvalid)
    let page = failure { _ = try YAMLNode.parse("<!doctype html>", file: "m.yaml") }
    #expect(page?.what == "the file is a web page, not the file itself")
    try withTemporaryFolder { folder in
      for (text, what) in [
        (Self.pointer, "the file is a Git LFS pointer, not the file itself"),
        ("<html>", "the file is a web page, not the file itself"),
        ("PK\u{3}\u{4}abcdefgh", "the file is compressed by zip"), ("", "file is empty"),
      ] {
        let path = "\(folder)/x.safetensors"
        try AtomicFile.write(text, to: path)
        #expect(failure { _ = try Safetensors.read(path) }?.what == "\(path): \(what)")
      }
    }
  }
}
