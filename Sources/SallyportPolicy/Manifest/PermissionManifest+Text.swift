extension PermissionManifest {
  /// Tables for people.
  package var text: String {
    var text = "rules of \(program.title); the first that matches decides\n"
    var rows = [["#", "ACTION", "RULE", "WHEN"]]
    for (index, rule) in rules.enumerated() {
      let conditions = rule.shownConditions
      rows.append(["\(index + 1)", rule.action.rawValue, rule.name, conditions.first ?? "always"])
      rows += conditions.dropFirst().map { ["", "", "", $0] }
    }
    rows.append(["", defaultAction.rawValue, "default", "no rule matches"])
    text += AlignedText.render(rows)
    text += Self.section(
      signatures.required
        ? "signed jobs only, which allow what they name and no more, by these keys"
        : "signed jobs count by these keys, and are not required",
      signatures.trusted.map { [$0] })
    if program == .worker {
      text += Self.section("secrets, for jobs that a rule allows", secrets.flatMap(\.shownRows))
    }
    if let logReaders {
      text += Self.section(
        logReaders.isEmpty
          ? "logs are sealed to nobody, and the gateway reads them: keys"
          : "logs are sealed to these keys, and the gateway cannot read them",
        logReaders.map { [$0] })
    }
    text += Self.section("methods", methods.map { [$0] })
    text += Self.section(
      "upstreams, the first that matches", upstreams.map { [$0.match, $0.place] })
    text += Self.section("outbound connections", outbound.map { [$0.address, $0.purpose] })
    if let policyDigest { text += "\npolicy file, SHA-256\n  \(policyDigest)\n" }
    return text
  }

  private static func section(_ title: String, _ rows: [[String]]) -> String {
    "\n\(title)\n" + AlignedText.render(rows.isEmpty ? [["", "none"]] : rows.map { [""] + $0 })
  }
}

extension ManifestSecrets {
  fileprivate var shownRows: [[String]] {
    var lines = everyJob ? ["every one of them"] : jobs.isEmpty ? ["none"] : []
    for job in jobs {
      if !lines.isEmpty { lines.append("or") }
      lines += job.shownConditions
    }
    return lines.enumerated().map { index, line in
      index == 0 ? [names.joined(separator: ", "), source, line] : ["", "", line]
    }
  }
}

extension ManifestRule {
  /// One line for each matcher.
  fileprivate var shownConditions: [String] {
    var lines: [String] = []
    func add(_ key: MatcherKey, _ texts: [String]?) {
      if let texts { lines.append("\(key.rawValue): \(texts.joined(separator: ", "))") }
    }
    add(.repositories, repositories)
    add(.refs, refs)
    add(.unadvertisedCommits, unadvertisedCommits.map { ["\($0)"] })
    add(.commands, commands?.map(Matcher.command))
    add(.images, images)
    add(.environment, environment?.shown)
    add(.secrets, secrets?.shown)
    add(.timeout, timeout.map { [$0.atMost.map { "at most \($0)" } ?? "over \($0.over ?? "")"] })
    add(.submitters, submitters)
    add(.signed, signed.map { ["\($0)"] })
    add(.signers, signers)
    add(
      .labels,
      labels?.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.joined(separator: "|"))" })
    add(.workers, workers)
    return lines
  }
}

extension ManifestRule.Names {
  fileprivate var shown: [String] {
    if let only { return only.isEmpty ? ["none"] : ["only " + only.joined(separator: ", ")] }
    return ["any of " + (any ?? []).joined(separator: ", ")]
  }
}
