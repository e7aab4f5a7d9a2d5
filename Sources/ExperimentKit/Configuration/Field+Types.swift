// The factories of `Field`: one per type of setting. `paper` is the published value as the
// documentation shows it, the last argument the meaning of the setting in a few words.

extension Field {
  /// A whole number.
  public static func integer(
    _ key: String, _ path: SettingPath<Root, Int>, in range: ClosedRange<Int> = Int.min...Int.max,
    unit: String = "", paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(key, path, .integer(in: range), unit: unit, paper: paper, meaning: meaning)
  }

  /// A whole number or `none`.
  public static func optionalInteger(
    _ key: String, _ path: SettingPath<Root, Int?>, in range: ClosedRange<Int> = Int.min...Int.max,
    unit: String = "", paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(
      key, path, ValueCoder<Int>.integer(in: range).optional(), unit: unit, paper: paper,
      meaning: meaning)
  }

  /// A finite number, optionally in a closed range and above a bound that is itself excluded.
  public static func number(
    _ key: String, _ path: SettingPath<Root, Double>, in range: ClosedRange<Double>? = nil,
    above bound: Double? = nil, unit: String = "", paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(key, path, .number(in: range, above: bound), unit: unit, paper: paper, meaning: meaning)
  }

  /// A finite number or `none`.
  public static func optionalNumber(
    _ key: String, _ path: SettingPath<Root, Double?>, in range: ClosedRange<Double>? = nil,
    above bound: Double? = nil, unit: String = "", paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(
      key, path, ValueCoder<Double>.number(in: range, above: bound).optional(), unit: unit,
      paper: paper,
      meaning: meaning)
  }

  /// `true` or `false`.
  public static func flag(
    _ key: String, _ path: SettingPath<Root, Bool>, paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(key, path, .flag, unit: "", paper: paper, meaning: meaning)
  }

  /// A text of at most 1,024 bytes.
  public static func text(
    _ key: String, _ path: SettingPath<Root, String>, paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(key, path, .text, unit: "", paper: paper, meaning: meaning)
  }

  /// A text of at most 1,024 bytes, or `none`.
  public static func optionalText(
    _ key: String, _ path: SettingPath<Root, String?>, paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(
      key, path, ValueCoder<String>.text.optional(), unit: "", paper: paper, meaning: meaning)
  }

  /// One of the cases of an enumeration, by its raw value.
  public static func choice<Value>(
    _ key: String, _ path: SettingPath<Root, Value>, paper: String? = nil, _ meaning: String
  ) -> Field
  where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    Field(key, path, .choice, unit: "", paper: paper, meaning: meaning)
  }

  /// A list of cases of an enumeration, by their raw values.
  public static func choices<Value>(
    _ key: String, _ path: SettingPath<Root, [Value]>, count: ClosedRange<Int> = 0...Int.max,
    paper: String? = nil, _ meaning: String
  ) -> Field
  where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    Field(
      key, path, ValueCoder<Value>.choice.list(counts: count), unit: "", paper: paper,
      meaning: meaning)
  }

  /// A list of whole numbers.
  public static func integers(
    _ key: String, _ path: SettingPath<Root, [Int]>,
    in range: ClosedRange<Int> = Int.min...Int.max, count: ClosedRange<Int> = 0...Int.max,
    unit: String = "", paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(
      key, path, ValueCoder<Int>.integer(in: range).list(counts: count), unit: unit, paper: paper,
      meaning: meaning)
  }

  /// A list of finite numbers.
  public static func numbers(
    _ key: String, _ path: SettingPath<Root, [Double]>, in range: ClosedRange<Double>? = nil,
    above bound: Double? = nil, count: ClosedRange<Int> = 0...Int.max, unit: String = "",
    paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(
      key, path, ValueCoder<Double>.number(in: range, above: bound).list(counts: count), unit: unit,
      paper: paper, meaning: meaning)
  }

  /// A list of texts.
  public static func texts(
    _ key: String, _ path: SettingPath<Root, [String]>, count: ClosedRange<Int> = 0...Int.max,
    paper: String? = nil, _ meaning: String
  ) -> Field {
    Field(
      key, path, ValueCoder<String>.text.list(counts: count), unit: "", paper: paper,
      meaning: meaning)
  }

  /// A group of settings with a schema of its own.
  ///
  /// - Parameter shorthand: the key of the group whose value may stand in place of the whole group.
  public static func section<Child: Settings>(
    _ key: String, _ path: SettingPath<Root, Child>, shorthand: String? = nil, _ meaning: String
  ) -> Field {
    Field(section: key, path, shorthand: shorthand, meaning: meaning)
  }
}
