/// Numbers of bytes for people.
package enum ByteCount {
  /// A number of bytes in the unit that fits: `512 B`, `9.5 MiB`.
  package static func text(_ bytes: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1024, unit + 1 < units.count {
      value /= 1024
      unit += 1
    }
    return CSVNumber.format(unit == 0 ? value : (value * 10).rounded() / 10) + " " + units[unit]
  }
}
