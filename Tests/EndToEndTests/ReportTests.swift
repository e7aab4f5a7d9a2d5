import Foundation
import Store
import Testing

extension EndToEndTests {
  /// Pages of small studies, as text.
  @Suite struct ReportTests {
    /// A study with a hostile title, a claim under a control that fails, and a profile.
    static let manifest =
      Manifests.quick.replacing("seeds: 2\n", with: "seeds: 2\ntitle: '\(title)'\n")
      .replacing("{steps: 120", with: "{steps: 20000")
      .replacing("claims:", with: "profiles: {quick: {pretrain: {steps: 120}}}\nclaims:") + """
          - id: masked
            claim: the mask <b>adds</b>
            source: "a & b"
            published: "\\"yes\\""
            asks: more than there is
            measure: accuracy.accuracy[stage=add, mask_mode=mask, eval_set=add]
            holds: {above: 1}

        """
    private static let title = "<script>alert(1)</script> & more"

    /// The same with runs that diverge: sixteen layers of weights near a thousand are more than single
    /// precision can hold.
    static let divergingManifest = manifest.replacing("lr: 1.0e-3", with: "lr: 1000")
      .replacing(
        "hidden: [32, 32]",
        with: "hidden: [\(Array(repeating: "32", count: 16).joined(separator: ", "))]")

    /// Runs the study.
    private func compute(_ modlab: Modlab) throws {
      try modlab.write(Self.manifest, to: "m.yaml")
      #expect(try modlab.run("run", "m.yaml").code == 0)
    }

    @Test func aPageSaysEverythingAndLoadsNothing() throws {
      try Modlab.inTemporaryFolder { modlab in
        try compute(modlab)
        let report = try modlab.run("report", "results/addmul-fnn", "--no-figures", "--json")
        #expect(report.code == 0, "\(report.error)")
        #expect(try report.records.first?["page"] == "results/addmul-fnn/report.html")
        let page = try WebPage("\(modlab.folder)/results/addmul-fnn/report.html")
        page.expectWholeLinks()
        for words in [
          "<script>alert(1)</script> & more", "Which weights does a network use for addition",
          "2 of 2 runs complete", "1 hold, 1 do not", "the mask <b>adds</b>", "a & b",
          "asked: more than there is", "random: ", "magnitude: ", "does not hold",
          "accuracy_summary.csv", "runs.csv", "pretrain.steps", "20000", "cpu_model",
          "modlab run m.yaml".replacing("modlab", with: try #require(Modlab.program)),
          "iou_chance", "shared_frac_chance", "iomin_chance", "Csordás", "have read no data files",
          "Figures were left out",
        ] {
          #expect(page.words.contains(words), "\(words)")
        }
        #expect(page.elements("html").first?.attributes["lang"] == "en")
        #expect(page.elements("h1").count == 1)
        #expect(page.elements("th").allSatisfy { $0.attributes["scope"] != nil })
        #expect(page.elements("table").count == page.elements("caption").count)

        // The numbers are those of the summary tables.
        let summary = try CSVTable.read(
          "\(modlab.folder)/results/addmul-fnn/layer_stats_summary.csv")
        let row = try #require(summary.rows.first { $0.contains("n_kept") && $0.contains("all") })
        let mean = try #require(summary.column("mean").flatMap { Double(row[$0]) })
        #expect(page.words.contains("\(ShortNumber.text(mean)) ± "))

        // The same files give the same page, here and from elsewhere.
        let again = try modlab.run("report", "results/addmul-fnn", "--no-figures")
        #expect(again.code == 0)
        #expect(try modlab.text("results/addmul-fnn/report.html") == page.text)
        #expect(
          try modlab.run(
            "report", "results/addmul-fnn", "--no-figures", "--to", "a page.html"
          ).code == 0)
        let other = try WebPage("\(modlab.folder)/a page.html")
        other.expectWholeLinks()
        #expect(other.text.contains("href=\"results/addmul-fnn/accuracy.csv\""))
      }
    }

    @Test func withoutPythonThePageComesAndSaysSo() throws {
      try Modlab.inTemporaryFolder { modlab in
        try compute(modlab)
        let report = try modlab.run("report", "results/addmul-fnn", "--python", "/no/python")
        #expect(report.code == 0)
        #expect(report.error.contains("no figures: there is no '/no/python'"))
        let page = try WebPage("\(modlab.folder)/results/addmul-fnn/report.html")
        #expect(page.words.contains("The figures could not be drawn: there is no '/no/python'"))
        #expect(page.words.contains("1 hold, 1 do not"))

        // Neither does a Python without matplotlib, or another program, take the page away.
        let refusing = try modlab.run("report", "results/addmul-fnn", "--python", "/bin/false")
        #expect(refusing.code == 0)
        #expect(refusing.error.contains("/bin/false cannot draw figures"))
        let silent = try modlab.run("report", "results/addmul-fnn", "--python", "/bin/true")
        #expect(silent.code == 0)
        #expect(silent.error.contains("no figures: "))
      }
    }

    @Test func failedRunsAreNamedAndNothingIsSaidOfRunsThatAreNot() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Self.divergingManifest, to: "m.yaml")
        #expect(try modlab.run("run", "m.yaml").code == 1)
        let report = try modlab.run("report", "--no-figures")
        #expect(report.code == 0, "\(report.error)")
        let page = try WebPage("\(modlab.folder)/results/addmul-fnn/report.html")
        page.expectWholeLinks()
        for words in [
          "0 of 2 runs complete, 2 diverged", "No run is complete yet", "Failed and diverged runs",
          "main, profile quick, seed 1", "Last lines of the log", "2 failed or diverged",
        ] {
          #expect(page.words.contains(words), "\(words)")
        }
        let index = try WebPage("\(modlab.folder)/results/index.html")
        index.expectWholeLinks()
        #expect(index.words.contains("2 diverged"))
      }
    }

    @Test func anIndexNamesWhatIsDamaged() throws {
      try Modlab.inTemporaryFolder { modlab in
        try compute(modlab)
        try Folder.create(at: "\(modlab.folder)/results/broken")
        try modlab.write("{", to: "results/broken/sweep.json")
        let report = try modlab.run("report", "--no-figures", "--to", "site/all.html")
        #expect(report.code == 5)
        #expect(report.error.contains("results/broken/sweep.json"))
        let index = try WebPage("\(modlab.folder)/site/all.html")
        index.expectWholeLinks()
        #expect(index.words.contains("broken") && index.words.contains("sweep.json"))
        let page = try WebPage("\(modlab.folder)/site/all/addmul-fnn.html")
        page.expectWholeLinks()
        #expect(page.text.contains("href=\"../all.html\""))
      }
    }

    @Test func whatCannotBeDoneIsSaid() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write("schema: 1", to: "study.yaml")
        for (words, code, message) in [
          (["nowhere"], 6 as Int32, "no folder of results 'nowhere'"),
          (["study.yaml"], 6, "why: it is a file"),
          ([".", "--to", "page.txt"], 2, "its name must end in .html"),
          ([".", "--to", "page.htm"], 2, "its name must end in .html"),
          ([".", "--every", "0"], 2, "a number of at least 1 is needed"),
          (["."], 6, "no results in '.'"),
        ] {
          let report = try modlab.run(["report"] + words)
          #expect(report.code == code, "\(words)")
          #expect(report.error.contains(message), "\(report.error)")
        }
      }
    }

    @Test func watchingEndsWithTheRuns() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Manifests.slow, to: "m.yaml")
        let run = try modlab.start(["run", "m.yaml", "--workers", "1"])
        try modlab.waitForCheckpoint(run, "results")
        let watching = try modlab.start(["report", "--no-figures", "--watch", "--every", "1"])
        try watching.wait("a page") {
          FileManager.default.fileExists(atPath: "\(modlab.folder)/results/index.html")
        }
        let early = try WebPage("\(modlab.folder)/results/addmul-fnn/report.html")
        if !early.words.contains("2 of 2 runs complete") {
          #expect(early.text.contains("http-equiv=\"refresh\" content=\"1\""))
        }
        #expect(try run.finish().code == 0)
        #expect(try watching.finish().code == 0)
        let page = try WebPage("\(modlab.folder)/results/addmul-fnn/report.html")
        #expect(page.words.contains("2 of 2 runs complete"))
        #expect(!page.text.contains("http-equiv=\"refresh\""))
      }
    }
  }
}
