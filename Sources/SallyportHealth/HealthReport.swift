/// The checks of one question, `/healthz` or `/readyz`, and what they found.
package struct HealthReport: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let status: HealthStatus

    package init(name: String, status: HealthStatus) {
      self.name = name
      self.status = status
    }

    var passes: Bool {
      if case .passing = status { true } else { false }
    }

    var detail: String {
      switch status {
      case .passing(let detail), .failing(let detail): detail
      }
    }
  }

  /// In the order in which the checks were declared.
  package let entries: [Entry]

  package init(entries: [Entry]) { self.entries = entries }

  init(asking checks: [HealthCheck]) async {
    entries = await withTaskGroup(of: (Int, Entry).self) { group in
      for (index, check) in checks.enumerated() {
        group.addTask { (index, await check.result()) }
      }
      return await group.reduce(into: []) { $0.append($1) }
        .sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  package var passes: Bool { entries.allSatisfy(\.passes) }

  /// One line for each check: `ok store: …` or `failing store: …`.
  package var text: String {
    entries.map { "\($0.passes ? "ok" : "failing") \($0.name): \($0.detail)\n" }.joined()
  }

  /// `{"status": "ok" | "failing", "checks": [{"name", "status", "detail"}]}`
  package var json: String {
    let checks = entries.map { entry in
      "{\"name\":\(JSONText.quoted(entry.name)),\"status\":\"\(entry.passes ? "ok" : "failing")\","
        + "\"detail\":\(JSONText.quoted(entry.detail))}"
    }
    return "{\"status\":\"\(passes ? "ok" : "failing")\",\"checks\":["
      + checks.joined(separator: ",") + "]}\n"
  }
}
