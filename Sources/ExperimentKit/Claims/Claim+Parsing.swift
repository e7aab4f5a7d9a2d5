import Store

extension Claim {
  private static let keys = [
    "id", "claim", "source", "published", "asks", "variant", "measure", "aggregate",
    "at-least-seeds", "holds",
  ]
  private static let criterionKeys = [
    "at-least", "at-most", "above", "below", "equals", "tolerance", "at-least-seeds",
    "margin-stds",
  ]

  /// Reads the `claims` section of a manifest.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  static func parseList(_ node: YAMLNode, _ vocabulary: ClaimVocabulary) throws -> [Claim] {
    var ids: Set<String> = []
    return try node.sequence().map { element in
      let claim = try Claim(element, vocabulary)
      guard ids.insert(claim.id).inserted else {
        throw Failure(
          .manifestInvalid, "two claims are called \(Failure.quote(claim.id))",
          location: element.location)
      }
      return claim
    }
  }

  init(_ node: YAMLNode, _ vocabulary: ClaimVocabulary) throws {
    for entry in try node.mapping() where !Self.keys.contains(entry.key) {
      throw UnknownKey.failure(
        entry.key, in: "claims", allowed: Self.keys, location: entry.keyLocation)
    }
    func required(_ key: String) throws -> YAMLNode {
      guard let value = node[key] else {
        throw Failure(
          .manifestInvalid, "the claim has no key '\(key)'", location: node.location)
      }
      return value
    }
    let id = try required("id").string()
    guard NameRule.isKey(id) else {
      throw Failure(
        .manifestInvalid, "\(Failure.quote(id)) cannot be the name of a claim",
        location: try required("id").location,
        why: "names are made of at most 64 lower-case letters, digits and dashes")
    }
    self.id = id
    claim = try required("claim").string()
    source = try node["source"]?.string() ?? ""
    published = try node["published"].map(Self.text) ?? ""
    asks = try node["asks"]?.string() ?? ""
    variants = try node["variant"].map { try Self.variants($0, names: vocabulary.variants) }
    let holds = try required("holds")
    let aggregate =
      try node["aggregate"].map { try Self.aggregate($0) }
      ?? (node["at-least-seeds"] == nil ? .perSeed : .seeds)
    self.aggregate = aggregate
    let fraction = try node["at-least-seeds"].map(Self.fraction)
    criteria = try Self.byProfile(holds, isValue: { !Self.isProfiles($0) }) {
      try Self.criterion($0, aggregate: aggregate, atLeastSeeds: fraction)
    }
    measures = try Self.byProfile(required("measure"), isValue: { $0.scalarText != nil }) {
      try Self.measure($0, vocabulary)
    }
    for profile in criteria.keys.sorted() where measures[profile] == nil {
      throw Failure(
        .manifestInvalid, "the claim '\(id)' has no measure for the profile '\(profile)'",
        location: holds.location)
    }
    if variants != nil, measures.values.contains(where: { $0.mentions(Selection.variantKey) }) {
      throw Failure(
        .manifestInvalid, "the claim '\(id)' names variants twice",
        location: node["variant"]?.location,
        help: "leave out 'variant', or the conditions on it in 'measure'")
    }
  }

  // MARK: - Parts

  /// A number or text as text.
  private static func text(_ node: YAMLNode) throws -> String {
    guard let text = node.scalarText else { throw node.mismatch("a text or number") }
    return text
  }

  private static func variants(_ node: YAMLNode, names: [String]) throws -> [String] {
    let nodes = if case .sequence(let elements) = node.value { elements } else { [node] }
    return try nodes.map { element in
      let name = try element.string()
      guard names.contains(name) else {
        throw Failure(
          .manifestInvalid, "unknown variant \(Failure.quote(name))", location: element.location,
          why: "the manifest has \(names.joined(separator: ", "))",
          help: Suggestion.help(for: name, among: names))
      }
      return name
    }
  }

  private static func aggregate(_ node: YAMLNode) throws -> Aggregate {
    let name = try node.string()
    if let aggregate = Aggregate(rawValue: name) { return aggregate }
    let names = Aggregate.allCases.map(\.rawValue)
    throw Failure(
      .manifestInvalid, "unknown aggregate \(Failure.quote(name))", location: node.location,
      why: "allowed are \(names.joined(separator: ", "))",
      help: Suggestion.help(for: name, among: names))
  }

  /// Reads a value that is the same for all profiles, or a mapping from profiles to values.
  private static func byProfile<Value>(
    _ node: YAMLNode, isValue: (YAMLNode) -> Bool, _ read: (YAMLNode) throws -> Value
  ) throws -> [String: Value] {
    if isValue(node) {
      let value = try read(node)
      return Dictionary(uniqueKeysWithValues: ManifestProfile.names.map { ($0, value) })
    }
    var values: [String: Value] = [:]
    for entry in try node.mapping() {
      guard ManifestProfile.names.contains(entry.key) else {
        throw UnknownKey.failure(
          entry.key, in: "", allowed: ManifestProfile.names, location: entry.keyLocation)
      }
      values[entry.key] = try read(entry.value)
    }
    return values
  }

  private static func isProfiles(_ node: YAMLNode) -> Bool {
    guard case .mapping(let entries) = node.value else { return false }
    return entries.contains { entry in
      if case .mapping = entry.value.value { true } else { false }
    }
  }

  private static func fraction(_ node: YAMLNode) throws -> Double {
    let value = try node.number()
    guard value > 0, value <= 1 else {
      throw Failure(
        .manifestInvalid, "\(CSVNumber.format(value)) is no fraction of the seeds",
        location: node.location, why: "allowed is > 0, ≤ 1")
    }
    return value
  }

  private static func criterion(
    _ node: YAMLNode, aggregate: Aggregate, atLeastSeeds: Double?
  ) throws -> Criterion {
    var criterion = Criterion()
    criterion.atLeastSeeds = atLeastSeeds
    var hasLimit = false
    for entry in try node.mapping() {
      let value = entry.value
      hasLimit = hasLimit || criterionKeys.prefix(5).contains(entry.key)
      switch entry.key {
      case "at-least": criterion.atLeast = try value.number()
      case "at-most": criterion.atMost = try value.number()
      case "above": criterion.above = try value.number()
      case "below": criterion.below = try value.number()
      case "equals": criterion.equals = try value.number()
      case "tolerance": criterion.tolerance = try nonNegative(value)
      case "margin-stds": criterion.marginStds = try nonNegative(value)
      case "at-least-seeds": criterion.atLeastSeeds = try fraction(value)
      default:
        throw UnknownKey.failure(
          entry.key, in: "holds", allowed: criterionKeys, location: entry.keyLocation)
      }
    }
    func refuse(_ what: String, help: String? = nil) -> Failure {
      Failure(.manifestInvalid, what, location: node.location, help: help)
    }
    guard hasLimit else {
      throw refuse(
        "'holds' has no limit",
        help: "write one of \(criterionKeys.prefix(5).joined(separator: ", "))")
    }
    if node["tolerance"] != nil, criterion.equals == nil {
      throw refuse("'tolerance' belongs to 'equals'")
    }
    if aggregate == .ofMeans, criterion.atLeastSeeds != nil || criterion.marginStds != nil {
      throw refuse("a measure of means has no value per seed", help: "use aggregate: per-seed")
    }
    if aggregate == .median, criterion.atLeastSeeds != nil || criterion.marginStds != nil {
      throw refuse(
        "'margin-stds' is about the mean, 'at-least-seeds' about single seeds, not about the median",
        help: "leave out one of them and aggregate: median")
    }
    if aggregate == .seeds, criterion.atLeastSeeds == nil {
      throw refuse(
        "it is not said how many seeds must satisfy the criterion",
        help: "add at-least-seeds: 0.9")
    }
    if criterion.atLeastSeeds != nil, criterion.marginStds != nil {
      throw refuse("'margin-stds' is about the mean, 'at-least-seeds' about single seeds")
    }
    return criterion
  }

  private static func nonNegative(_ node: YAMLNode) throws -> Double {
    let value = try node.number()
    guard value >= 0 else {
      throw Failure(
        .manifestInvalid, "\(CSVNumber.format(value)) is negative", location: node.location)
    }
    return value
  }

  private static func measure(_ node: YAMLNode, _ vocabulary: ClaimVocabulary) throws -> Expression
  {
    guard case .scalar(let text, let isQuoted) = node.value else {
      throw node.mismatch("an expression")
    }
    do {
      let expression = try ExpressionParser.parse(text, vocabulary)
      try expression.checkAsMeasure()
      return expression
    } catch let mistake as ExpressionParser.Mistake {
      var location = node.location
      // A folded text has lost the places of its line breaks.
      if !text.contains("\n") { location.column += mistake.offset + (isQuoted ? 1 : 0) }
      throw Failure(
        .manifestInvalid, mistake.what, location: location, why: mistake.why, help: mistake.help)
    }
  }
}

extension Expression {
  /// Whether some selection has a condition on a key.
  func mentions(_ key: String) -> Bool { selections.contains { $0.mentions(key) } }

  /// Checks that the expression has a single value for every run.
  fileprivate func checkAsMeasure() throws {
    if selections.isEmpty {
      throw ExpressionParser.Mistake(what: "the expression measures nothing", offset: 0)
    }
    let keys = [Selection.variantKey] + Set(selections.flatMap(\.axisKeys)).sorted()
    for key in keys where mentions(key) && !selections.allSatisfy({ $0.mentions(key) }) {
      throw ExpressionParser.Mistake(
        what: "only some selections have a condition on '\(key)'", offset: 0,
        help: "give all of them one, or none")
    }
    if !openKeys.isEmpty {
      throw ExpressionParser.Mistake(
        what: "the expression has a value for every \(openKeys.joined(separator: " and "))",
        offset: 0,
        help: "fix these keys, as in [\(openKeys[0])=…], or use min( ), max( ), mean( ) or sum( )")
    }
  }
}
