import Store
import Testing

struct YAMLNodeReadingTests {
  /// The node of a text in one line.
  private func node(_ text: String) throws -> YAMLNode {
    try #require(try YAMLNode.parse("v: \(text)", file: "m.yaml")["v"])
  }

  @Test("whole numbers")
  func integers() throws {
    for (text, value) in [("0", 0), ("-3", -3), ("+7", 7), ("20000", 20_000), ("-0", 0)] {
      #expect(try node(text).integer() == value)
    }
    #expect(try node("9223372036854775807").integer() == .max)
  }

  @Test(
    "what is no whole number",
    arguments: [
      ("2.0", "expected a whole number, found the number 2.0\n  help: write 2"),
      ("1e4", "expected a whole number, found the number 1e4\n  help: write 10000"),
      ("20_000", "expected a whole number, found the text '20_000'\n  help: write 20000"),
      ("2.5", "expected a whole number, found the number 2.5"),
      ("\"3\"", "expected a whole number, found the text '3'\n  help: remove the quotes"),
      ("ten", "expected a whole number, found the text 'ten'"),
      ("--3", "expected a whole number, found the text '--3'"),
      ("0x10", "expected a whole number, found the text '0x10'\n  help: write 16"),
      ("-0o17", "expected a whole number, found the text '-0o17'\n  help: write -15"),
      ("0b101", "expected a whole number, found the text '0b101'\n  help: write 5"),
      ("5.", "expected a whole number, found the number 5.\n  help: write 5"),
      ("20,000", "expected a whole number, found the text '20,000'\n  help: write 20000"),
      ("0,5", "expected a whole number, found the text '0,5'"),
      (".inf", "expected a whole number, found the text '.inf'\n  help: write a finite number"),
      ("true", "expected a whole number, found the boolean true"),
      ("~", "expected a whole number, found nothing"),
      ("", "expected a whole number, found nothing"),
      ("[1]", "expected a whole number, found a list"),
      ("{a: 1}", "expected a whole number, found a mapping"),
      (
        "9223372036854775808",
        "number too large\n  why: 9223372036854775808 does not fit 64 bits"
      ),
    ])
  func notIntegers(text: String, message: String) throws {
    let failure = try #require(failure { _ = try node(text).integer() })
    #expect(failure.description.hasPrefix("m.yaml:1:"))
    #expect(failure.description.hasSuffix(": \(message)"))
    #expect(failure.exitCode == .manifestInvalid)
  }

  @Test("numbers")
  func numbers() throws {
    let values = [
      ("3", 3), ("0.5", 0.5), (".5", 0.5), ("1.", 1), ("-1e-4", -1e-4), ("1.0e-4", 1e-4),
      ("1E+6", 1e6), ("1e-400", 0), ("-0", -0.0),
    ]
    for (text, value) in values {
      #expect(try node(text).number() == value)
    }
  }

  @Test(
    "what is no number",
    arguments: [
      (".inf", "expected a number, found the text '.inf'\n  help: write a finite number"),
      ("-.Inf", "expected a number, found the text '-.Inf'\n  help: write a finite number"),
      ("nan", "expected a number, found the text 'nan'\n  help: write a finite number"),
      ("0,0001", "expected a number, found the text '0,0001'\n  help: write 0.0001"),
      ("1_000.5", "expected a number, found the text '1_000.5'\n  help: write 1000.5"),
      ("1,000", "expected a number, found the text '1,000'"),
      ("1,000,000", "expected a number, found the text '1,000,000'\n  help: write 1000000"),
      ("0x10", "expected a number, found the text '0x10'\n  help: write 16"),
      ("~", "expected a number, found nothing"),
      ("yes", "expected a number, found the text 'yes'"),
      ("0x1p3", "expected a number, found the text '0x1p3'"),
      ("1e", "expected a number, found the text '1e'"),
      (".", "expected a number, found the text '.'"),
      ("1 2", "expected a number, found the text '1 2'"),
      ("'0.5'", "expected a number, found the text '0.5'\n  help: remove the quotes"),
      ("", "expected a number, found nothing"),
      ("1e999", "number too large\n  why: 1e999 exceeds 1.7976931348623157e+308"),
    ])
  func notNumbers(text: String, message: String) throws {
    let failure = try #require(failure { _ = try node(text).number() })
    #expect(failure.description.hasSuffix(": \(message)"))
  }

  @Test(
    "leading zeros are refused, and what other readers make of them is said",
    arguments: [
      ("020", "20", 16), ("-020", "-20", -16), ("0001", "1", nil), ("00", "0", nil),
      ("+089", "+89", nil), ("00.5", "0.5", nil), ("01e3", "1e3", nil), ("-00e1", "-0e1", nil),
    ])
  func leadingZeros(text: String, meant: String, octal: Int?) throws {
    let failures = [
      failure { _ = try node(text).integer() }, failure { _ = try node(text).number() },
    ]
    for failure in failures {
      let failure = try #require(failure)
      #expect(failure.what == "the number \(text) begins with a zero")
      #expect(failure.help == "write \(meant)")
      #expect(failure.exitCode == .manifestInvalid)
      #expect(failure.location?.column == 4)
      #expect(failure.why?.contains("PyYAML") == (octal != nil))
      if let octal { #expect(failure.why?.hasSuffix(" \(octal)") == true) }
    }
    for text in ["0", "-0", "0.5", ".05", "0e3", "10", "1.00", "0.", "1e-04"] {
      #expect(throws: Never.self) { try node(text).number() }
    }
  }

  @Test("truth values")
  func booleans() throws {
    for text in ["true", "True", "TRUE"] { #expect(try node(text).boolean()) }
    for text in ["false", "False", "FALSE"] { #expect(try !node(text).boolean()) }
    for (text, help) in [
      ("yes", "write true"), ("off", "write false"), ("1", "write true"), ("maybe", nil),
      ("'true'", nil), ("[]", nil),
    ] {
      let failure = try #require(failure { _ = try node(text).boolean() })
      #expect(failure.what.hasPrefix("expected true or false, found"))
      #expect(failure.help == help)
    }
  }

  @Test("texts")
  func strings() throws {
    let values = [
      ("gumbel-sigmoid", "gumbel-sigmoid"), ("\"3.1\"", "3.1"), ("'true'", "true"), ("no", "no"),
      ("''", ""), ("\"null\"", "null"), ("20_000", "20_000"), ("\"a\\nb\"", "a\nb"),
    ]
    for (text, value) in values {
      #expect(try node(text).string() == value)
    }
    for (text, help) in [
      ("3.1", "put it in quotes: \"3.1\""), ("true", "put it in quotes: \"true\""), ("null", nil),
      ("[a]", nil),
    ] {
      let failure = try #require(failure { _ = try node(text).string() })
      #expect(failure.what.hasPrefix("expected a text, found"))
      #expect(failure.help == help)
    }
  }

  @Test("lists and mappings")
  func collections() throws {
    #expect(try node("[]").sequence().isEmpty)
    #expect(try node("{}").mapping().isEmpty)
    #expect(
      failure { _ = try node("a").sequence() }?.description
        == "m.yaml:1:4: expected a list, found the text 'a'")
    #expect(
      failure { _ = try node("[a]").mapping() }?.description
        == "m.yaml:1:4: expected a mapping, found a list")
  }
}
