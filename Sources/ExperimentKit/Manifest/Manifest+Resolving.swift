import Store

extension Manifest {
  /// Expands a profile into fully resolved variants.
  ///
  /// Precedence, lowest first: defaults, manifest, variant, profile, the profile's part for the
  /// variant, swept values, `sets`. The result is ordered as the variants of the manifest, and
  /// within each by swept values, the last key changing fastest.
  ///
  /// - Parameters:
  ///   - profile: Name of the profile.
  ///   - sets: Overrides of the command line; several values make an axis, and replace the axis of
  ///     the manifest on the same key.
  ///   - only: Selects variants, see ``ResolvedVariant/matches(_:)``; nil for all.
  /// - Throws: ``Failure``: (usage) for the profile, `sets` and `only`, (manifest invalid) when the
  ///   experiment refuses a configuration.
  public func resolve(
    profile name: String, sets: [SettingOverride] = [], only: GlobPattern? = nil
  ) throws -> [ResolvedVariant] {
    let profile = try profile(name)
    let (interval, overrides) = try takeInterval(sets, profile: profile)
    let axes = try axes(of: profile, overrides: overrides)
    try ManifestAxis.checkCombinations(of: axes.compactMap(\.first?.axis))
    let points = product(axes)
    let planned = variantEntries.filter { !profile.skippedVariants.contains($0.key) }
    guard planned.count <= Self.maximumPoints / points.count else {
      throw Failure(
        .manifestInvalid, "more than \(Self.maximumPoints) runs for each seed",
        location: planned.last?.keyLocation,
        why: "\(planned.count) variants with \(points.count) combinations of swept values each",
        help: "split the manifest")
    }
    var resolved: [ResolvedVariant] = []
    for variant in planned {
      let layers: [ConfigurationLayer] = [
        .sections(sections), .sections(try variant.value.mapping()), .sections(profile.sections),
        .sections(profile.variants[variant.key] ?? []),
      ]
      for point in points {
        resolved.append(
          try resolve(
            variant, profile: name, layers: layers, point: point, interval: interval))
      }
    }
    try checkDistinct(resolved, points: points)
    guard let only else { return resolved }
    let selected = resolved.filter { $0.matches(only) }
    if selected.isEmpty {
      let names = try variants(profile: name)
      throw Failure(
        .usage, "no variant of \(path) matches \(Failure.quote(only.text))",
        why: "the profile '\(name)' has \(names.joined(separator: ", "))",
        help: Suggestion.help(for: only.text, among: names))
    }
    return selected
  }

  /// The largest number of combinations of swept values.
  public static let maximumPoints = 10_000

  // MARK: - Details

  /// One value of an axis.
  private struct AxisValue {
    let axis: ManifestAxis
    let value: YAMLNode
    let isOverride: Bool
  }

  private func resolve(
    _ variant: YAMLNode.Entry, profile: String, layers: [ConfigurationLayer],
    point: [AxisValue], interval: Double
  ) throws -> ResolvedVariant {
    let settings = point.map {
      ConfigurationLayer.setting(
        path: $0.axis.key, location: $0.axis.keyLocation, value: $0.value)
    }
    let configuration = try kind.resolve(layers + settings)
    let identity = RunIdentity(
      kind: kind.name, version: kind.version, variant: variant.key,
      profile: profile,
      axes: try point.map {
        RunIdentity.Axis(key: $0.axis.key, value: try column(of: $0.axis, in: configuration.json))
      },
      configuration: configuration.json)
    let prepared: any PreparedRun
    do {
      prepared = try configuration.prepare()
    } catch var failure as Failure {
      // What is wrong with a file that the configuration names is not wrong with the manifest.
      let isOfFile = [.dataMissing, .corrupt, .inputOutput].contains(failure.exitCode)
      let isOverride = point.contains(where: \.isOverride)
      failure.exitCode = isOfFile || isOverride ? failure.exitCode : .manifestInvalid
      failure.location =
        try failure.location
        ?? place(of: failure.what, in: self.layers(of: variant.key, profile: self.profile(profile)))
        ?? location(of: variant)
      failure.what += " (variant '\(variant.key)', profile '\(profile)')"
      throw failure
    }
    return ResolvedVariant(
      identity: identity, prepared: prepared, checkpointInterval: interval)
  }

  /// A failure of a configuration with the place of the setting that it is about, if it has none.
  public func located(_ failure: Failure, in variant: ResolvedVariant) throws -> Failure {
    guard failure.exitCode == .manifestInvalid, failure.location == nil else { return failure }
    var failure = failure
    failure.location =
      try place(
        of: failure.what, in: layers(of: variant.variant, profile: profile(variant.profile)))
      ?? kindLocation
    return failure
  }

  /// What a profile and a variant say, the lowest first.
  private func layers(
    of variant: String, profile: ManifestProfile
  ) throws -> [[YAMLNode.Entry]] {
    let entry = variantEntries.first { $0.key == variant }
    return [
      sections, try entry?.value.mapping() ?? [], profile.sections, profile.variants[variant] ?? [],
    ]
  }

  /// The place of the setting with whose dotted path a message begins, in quotes or not,
  /// `subtasks.even: …`: where it is said last; else that of the section that it is part of; else that
  /// of the file with whose path the message begins, `net.pt2: …`; nil when it begins with neither.
  private func place(of text: String, in layers: [[YAMLNode.Entry]]) -> SourceLocation? {
    let start = text.hasPrefix("'") ? text.dropFirst() : text[...]
    let path = start.prefix { !" :'".contains($0) }.split(separator: ".")
    var (best, depth): (SourceLocation?, Int) = (nil, 0)
    for layer in layers {
      var (entries, place, found): ([YAMLNode.Entry], SourceLocation?, Int) = (layer, nil, 0)
      for key in path {
        guard let entry = entries.first(where: { $0.key == key }) else { break }
        (place, found) = (entry.keyLocation, found + 1)
        entries = (try? entry.value.mapping()) ?? []
      }
      if found > 0, found >= depth { (best, depth) = (place, found) }
    }
    return best
      ?? layers.joined().compactMap { Self.place(ofFile: String(start), in: $0.value) }.last
  }

  /// The place of a value that is the path of the file with which a message begins.
  private static func place(ofFile text: String, in node: YAMLNode) -> SourceLocation? {
    switch node.value {
    case .scalar(let path, _):
      let isNamed = path.contains(".") && [":", " ", "'"].contains { text.hasPrefix(path + $0) }
      return isNamed ? node.location : nil
    case .sequence(let elements):
      return elements.lazy.compactMap { place(ofFile: text, in: $0) }.first
    case .mapping(let entries):
      return entries.lazy.compactMap { place(ofFile: text, in: $0.value) }.first
    }
  }

  /// The place that stands for a variant as a whole.
  private func location(of variant: YAMLNode.Entry) -> SourceLocation {
    let isImplicit = variants == ["main"] && variant.value.location == variant.keyLocation
    return isImplicit ? kindLocation : variant.keyLocation
  }

  /// Separates `--set checkpoint-every=…`, which is no setting of the experiment.
  private func takeInterval(
    _ sets: [SettingOverride], profile: ManifestProfile
  ) throws -> (Double, [SettingOverride]) {
    var interval = profile.checkpointInterval ?? interval
    var rest: [SettingOverride] = []
    for set in sets {
      if rest.contains(where: { $0.key == set.key }) {
        throw Failure(
          .usage, "--set \(Failure.quote(set.key)) is given twice",
          help: "write --set \(set.key)=a,b for several values")
      }
      switch set.key {
      case ManifestKey.checkpointEvery where set.values.count == 1:
        interval = try usage(set.key) { try Manifest.checkpointInterval(set.values[0]) }
      case ManifestKey.seeds:
        throw Failure(.usage, "seeds are no setting of the experiment", help: "use --seeds")
      default: rest.append(set)
      }
    }
    return (interval, rest)
  }

  /// The axes of the profile and of the command line, sorted by key.
  private func axes(
    of profile: ManifestProfile, overrides: [SettingOverride]
  ) throws -> [[AxisValue]] {
    var axes: [String: [AxisValue]] = [:]
    for axis in profile.sweep ?? sweep {
      axes[axis.key] = axis.values.map { AxisValue(axis: axis, value: $0, isOverride: false) }
    }
    for override in overrides {
      let axis = ManifestAxis(
        key: override.key, keyLocation: override.values[0].location, values: override.values)
      // Tried here alone, so that a mistake is reported as one of the command line.
      try usage(axis.key) {
        do {
          try checkAxis(axis)
        } catch let failure as Failure {
          throw override.explaining(failure, type: kind.settings.setting(axis.key)?.type)
        }
      }
      axes[axis.key] = axis.values.map { AxisValue(axis: axis, value: $0, isOverride: true) }
    }
    return axes.keys.sorted().compactMap { axes[$0] }
  }

  /// Turns the failure of a value of the command line into one of usage.
  private func usage<Result>(_ key: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch var failure as Failure {
      failure.exitCode = .usage
      failure.location = nil
      failure.what = "--set \(key): \(failure.what)"
      throw failure
    }
  }

  /// All combinations of values.
  private func product(_ axes: [[AxisValue]]) -> [[AxisValue]] {
    axes.reduce([[]]) { points, values in
      points.flatMap { point in values.map { point + [$0] } }
    }
  }

  /// Refuses swept values of which two are the same, such as 1e-4 and 0.0001.
  ///
  /// - Parameter points: the combinations of swept values, of which every variant has all in turn.
  private func checkDistinct(_ resolved: [ResolvedVariant], points: [[AxisValue]]) throws {
    var seen: [String: Int] = [:]
    for (index, variant) in resolved.enumerated() {
      guard let other = seen.updateValue(index, forKey: variant.folderName) else { continue }
      let pairs = zip(points[index % points.count], points[other % points.count])
      let repeated = pairs.first { $0.value.location != $1.value.location }?.0
      let isOverride = repeated?.isOverride == true
      let key = repeated?.axis.key ?? ""
      throw Failure(
        isOverride ? .usage : .manifestInvalid,
        "\(isOverride ? "--set \(key)" : Failure.quote(key)) has a value twice",
        location: isOverride ? nil : repeated?.value.location ?? kindLocation,
        why: "there would be two runs \(Failure.quote(variant.label))",
        help: "leave one of them out")
    }
  }
}
