import Datasets
import Testing

struct PixelNormalizationTests {
  @Test("means and deviations by hand")
  func measured() {
    let extents = ImageSet.Extents(channels: 2, height: 1, width: 2)
    let normalization = PixelNormalization.measured([0, 255, 7, 7, 255, 0, 7, 7], extents)
    #expect(normalization.means == [0.5, 7.0 / 255])
    #expect(normalization.standardDeviations == [0.5, 1])
  }

  @Test("without normalisation bytes become fractions")
  func none() {
    let set = ImageSet(
      extents: ImageSet.Extents(channels: 1, height: 1, width: 3), classNames: ["a"],
      pixels: [0, 51, 255], labels: [0], normalization: .none(channels: 1))
    #expect(set.inputs([0]).scalars == [0, 0.2, 1])
  }
}
