import Foundation
import Store
import Testing

extension EndToEndTests {
  /// Pages of small studies in a browser, and their figures.
  @Suite struct ReportLookTests {
    @Test(.enabled(if: WebBrowser() != nil, "no Chromium is installed: apt-get install chromium"))
    func pagesAreReadableOnAPhoneAndOnAScreen() throws {
      let browser = try #require(WebBrowser())
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(ReportTests.manifest, to: "m.yaml")
        try modlab.write(
          ReportTests.divergingManifest.replacing("study: addmul-fnn", with: "study: diverged"),
          to: "d.yaml")
        #expect(try modlab.run("run", "m.yaml", "d.yaml").code == 1)
        #expect(try modlab.run("report").code == 0)
        for page in ["index.html", "addmul-fnn/report.html", "diverged/report.html"] {
          for width in [390, 1280] {
            let look = try browser.look(at: "\(modlab.folder)/results/\(page)", width: width)
            #expect(look.width <= Double(width), "\(page) is wider than its window of \(width)")
            #expect(look.overlaps == [], "\(page) at \(width)")
            #expect(look.resources == [], "\(page) at \(width)")
            #expect(look.messages == [], "\(page) at \(width)")
            #expect(look.brokenPictures == 0, "\(page) at \(width)")
            #expect(look.height > 300)
          }
        }
      }
    }

    @Test(.enabled(if: WebBrowser() != nil, "no Chromium is installed: apt-get install chromium"))
    func theBrowserSeesWhatIsWrong() throws {
      let browser = try #require(WebBrowser())
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(
          """
          <!DOCTYPE html><html><head><link rel="stylesheet" href="http://127.0.0.1:1/a.css"/></head><body>
          <p style="position:absolute;top:9px">one text</p>
          <p style="position:absolute;top:12px">another</p>
          <div style="width:900px">wide</div><img src="data:image/png;base64,AAAA"/>
          <script>console.log("said")</script>
          </body></html>
          """, to: "page.html")
        let look = try browser.look(at: "\(modlab.folder)/page.html", width: 390)
        #expect(look.overlaps.contains("one text / another"))
        #expect(look.width >= 900)
        #expect(look.resources == ["http://127.0.0.1:1/a.css"])
        #expect(look.brokenPictures == 1)
        #expect(look.messages.contains { $0.contains("said") })
      }
    }

    @Test(
      .enabled(
        if: PlotsTests.drawingPython != nil, "no matplotlib is installed: 'make venv' installs it"))
    func figuresAreDrawnAndTold() throws {
      let python = try #require(PlotsTests.drawingPython)
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(ReportTests.manifest, to: "m.yaml")
        #expect(try modlab.run("run", "m.yaml").code == 0)
        let report = try modlab.run("report", "--python", python, "--json")
        #expect(report.code == 0 && report.error.isEmpty, "\(report.error)")
        let figures = try report.records.first?["figures"]?.arrayValue ?? []
        #expect(figures.contains("figure_01_shared_weights_fnn"))
        let page = try WebPage("\(modlab.folder)/results/addmul-fnn/report.html")
        page.expectWholeLinks()
        let images = page.elements("img").map(\.attributes)
        #expect(images.count == figures.count)
        #expect(images.contains { $0["alt"]?.contains("addition: 1 ") == true })
        for image in images {
          let data = image["src"]?.dropFirst("data:image/svg+xml;base64,".count)
          let drawing = data.flatMap { Data(base64Encoded: String($0)) }
          #expect(drawing.map { String(decoding: $0, as: UTF8.self).contains("<svg") } == true)
        }
      }
    }
  }
}
