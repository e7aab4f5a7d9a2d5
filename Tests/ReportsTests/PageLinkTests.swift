import Testing

@testable import Reports

@Suite struct PageLinkTests {
  @Test(arguments: [
    ("/a/b/page.html", "/a/b/x.csv", "x.csv"),
    ("/a/b/page.html", "/a/b/c/x.csv", "c/x.csv"),
    ("/a/b/page.html", "/a/x.csv", "../x.csv"),
    ("/a/b/page.html", "/d/x.csv", "../../d/x.csv"),
    ("/a/b/page.html", "/a/b/50% of \"it\"#1?.csv", "50%25%20of%20%22it%22%231%3F.csv"),
  ])
  func linksAreRelativeAndEscaped(page: String, file: String, address: String) {
    #expect(PageLink(page: page).to(file) == address)
  }
}
