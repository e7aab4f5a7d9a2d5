/// Whether two numbers agree to a relative tolerance.
func isClose(_ value: Double, _ expected: Double, _ tolerance: Double = 1e-10) -> Bool {
  abs(value - expected) <= tolerance * abs(expected)
}
