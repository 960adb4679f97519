extension SettingType where Value == String {
  /// Text that is not empty, of at most `maximumLength` bytes.
  package static func string(maximumLength: Int = 1_024) -> SettingType {
    .scalar(
      name: "string", expected: "text of 1 to \(grouped(maximumLength)) bytes",
      render: { $0 },
      parse: { (1...maximumLength).contains($0.utf8.count) ? $0 : nil })
  }

  package static var string: SettingType { .string() }
}

extension SettingType where Value == Bool {
  package static var boolean: SettingType {
    .scalar(
      name: "boolean", expected: "true or false", render: { $0 ? "true" : "false" },
      parse: { ["true": true, "false": false][$0] })
  }
}

extension SettingType where Value == Int {
  package static func integer(in range: ClosedRange<Int>) -> SettingType {
    let bounds = "\(grouped(range.lowerBound)) to \(grouped(range.upperBound))"
    return .scalar(
      name: "integer, \(bounds)", expected: "a whole number from \(bounds)",
      render: { String($0) },
      parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } })
  }

  /// A byte count; see ``ByteSizeText``.
  package static func byteSize(in range: ClosedRange<Int> = 0...Int.max) -> SettingType {
    let bounds = bounds(
      range.lowerBound == 0 ? nil : ByteSizeText.format(range.lowerBound),
      range.upperBound == .max ? nil : ByteSizeText.format(range.upperBound))
    return .scalar(
      name: "size\(bounds.map { ", \($0)" } ?? "")",
      expected: ByteSizeText.expected + (bounds.map { ", \($0)" } ?? ""),
      render: { ByteSizeText.format($0) },
      parse: { text in
        (try? ByteSizeText.parse(text)).flatMap { range.contains($0) ? $0 : nil }
      })
  }

  package static var byteSize: SettingType { .byteSize() }
}

extension SettingType where Value == Duration {
  /// A duration; see ``DurationText``.
  package static func duration(
    atLeast minimum: Duration? = nil, atMost maximum: Duration? = nil
  ) -> SettingType {
    let bounds = bounds(minimum.map(DurationText.format), maximum.map(DurationText.format))
    return .scalar(
      name: "duration\(bounds.map { ", \($0)" } ?? "")",
      expected: DurationText.expected + (bounds.map { ", \($0)" } ?? ""),
      render: { DurationText.format($0) },
      parse: { text in
        guard let duration = try? DurationText.parse(text) else { return nil }
        if let minimum, duration < minimum { return nil }
        if let maximum, duration > maximum { return nil }
        return duration
      })
  }

  package static var duration: SettingType { .duration() }
}

extension SettingType where Value == HostPort {
  /// The address of a peer. The port is not zero.
  package static var hostPort: SettingType {
    .scalar(
      name: "host:port", expected: HostPort.expected, render: { $0.description },
      parse: { text in (try? HostPort(parsing: text)).flatMap { $0.port == 0 ? nil : $0 } })
  }
}

extension SettingType
where Value: RawRepresentable<String> & CaseIterable & Sendable, Value.AllCases: Sendable {
  /// One of the raw values of an enumeration.
  package static func choice(_: Value.Type = Value.self) -> SettingType {
    let names = Value.allCases.map(\.rawValue)
    return .scalar(
      name: names.joined(separator: " \\| "), expected: "one of " + names.joined(separator: ", "),
      render: { $0.rawValue }, parse: { Value(rawValue: $0) })
  }
}

extension SettingType where Value == [String] {
  /// A list of texts that are not empty; comma-separated in environment variables and flags.
  package static func list(maximumCount: Int = 1_000) -> SettingType {
    SettingType(
      name: "list of strings",
      expected: "a list of at most \(grouped(maximumCount)) texts that are not empty",
      shape: .list, render: { $0.isEmpty ? "[]" : $0.joined(separator: ", ") }
    ) { raw, _ throws(Refusal) in
      guard case .list(let items) = raw.value else { throw Refusal() }
      guard items.count <= maximumCount else {
        throw Refusal(found: "\(items.count) of them")
      }
      guard items.allSatisfy({ !$0.isEmpty }) else { throw Refusal(found: "an empty one") }
      return items
    }
  }

  package static var list: SettingType { .list() }
}

private func bounds(_ minimum: String?, _ maximum: String?) -> String? {
  switch (minimum, maximum) {
  case (let minimum?, let maximum?): "\(minimum) to \(maximum)"
  case (let minimum?, nil): "at least \(minimum)"
  case (nil, let maximum?): "at most \(maximum)"
  case (nil, nil): nil
  }
}

/// With thousands separators.
private func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  var result = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
    result.append(digit)
  }
  return (number < 0 ? "-" : "") + result
}
