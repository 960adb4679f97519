internal import SallyportConfig
package import SallyportCore

/// Decisions by the printed rows alone.
extension PermissionManifest {
  private static let secretsRule = "secrets"

  /// What the rows say of a job: allow or deny, and which row.
  package func decide(_ job: JobFacts) -> (action: PolicyAction, rule: String) {
    guard hasSignature(job.signers) else { return (.deny, "signature") }
    guard let checkout = job.checkout else { return decide(job, ref: nil, commit: false) }
    guard let ref = checkout.ref else { return decide(job, ref: nil, commit: true) }
    let all = RefForm.candidates(of: ref).map { decide(job, ref: $0, commit: false) }
    return all.first { $0.action == .allow } ?? all.first { $0.rule == Self.secretsRule }
      ?? all.first ?? (.deny, "invalid")
  }

  private func decide(
    _ job: JobFacts, ref: String?, commit: Bool
  ) -> (action: PolicyAction, rule: String) {
    let matches = { (rule: ManifestRule) in
      rule.matchesGit(job.checkout?.repository.rawValue, ref: ref, isCommit: commit)
        && rule.matchesSigners(job.signers) && rule.matchesJob(job)
        && rule.workers == nil
    }
    let decision = decide(matches)
    guard decision.action == .allow else { return decision }
    let mayHaveAll = job.secrets.allSatisfy { name in
      secrets.contains {
        $0.names.contains(name) && ($0.everyJob || $0.jobs.contains(where: matches))
      }
    }
    return mayHaveAll ? decision : (.deny, Self.secretsRule)
  }

  /// What the rows say of a fetch, whether or not there is an upstream.
  package func decide(_ fetch: FetchFacts) -> (action: PolicyAction, rule: String) {
    guard hasSignature(fetch.caller.signers) else { return (.deny, "signature") }
    let ref: String? = if case .ref(let name) = fetch.target { name } else { nil }
    if let ref, !RefForm.isFull(ref) { return (.deny, "invalid") }
    return decide { rule in
      rule.matchesGit(fetch.repository.rawValue, ref: ref, isCommit: ref == nil)
        && rule.matchesSigners(fetch.caller.signers)
        && rule.workers.map { patterns in
          patterns.contains { ManifestGlob.matchesPath($0, fetch.caller.worker.uri) }
        } ?? true
    }
  }

  /// Where a repository comes from; nil where no upstream has it.
  package func upstream(of repository: RepositoryName) -> String? {
    upstreams.first { ManifestGlob.matchesPath($0.match, repository.rawValue) }?.place
  }

  private func hasSignature(_ signers: [String]) -> Bool {
    !signatures.required || signers.contains { signatures.trusted.contains($0) }
  }

  private func decide(
    _ matches: (ManifestRule) -> Bool
  ) -> (action: PolicyAction, rule: String) {
    guard let rule = rules.first(where: matches) else { return (defaultAction, "default") }
    return (rule.action, rule.name)
  }
}

extension ManifestRule {
  private static let none = "(none)"

  /// - Parameter isCommit: A commit that no ref shows, which may be a part of any.
  fileprivate func matchesGit(_ repository: String?, ref: String?, isCommit: Bool) -> Bool {
    if let repositories {
      guard Self.matches(repositories, repository) else { return false }
    }
    if let unadvertisedCommits {
      guard repository != nil, unadvertisedCommits == isCommit else { return false }
    }
    guard let refs else { return true }
    guard repository != nil else { return false }
    if refs.contains("**") { return true }
    if isCommit { return action == .deny }
    guard let ref else { return false }
    if ref == "HEAD" { return action == .deny || refs.contains("HEAD") }
    return refs.contains { ManifestGlob.matchesPath($0, ref) }
  }

  fileprivate func matchesSigners(_ ids: [String]) -> Bool {
    if let signed, signed == ids.isEmpty { return false }
    guard let signers else { return true }
    return ids.contains { signers.contains($0) }
  }

  fileprivate func matchesJob(_ job: JobFacts) -> Bool {
    if let commands {
      guard commands.contains(where: { ManifestGlob.matchesCommand($0, job.command) }) else {
        return false
      }
    }
    if let images {
      guard Self.matches(images, job.image) else { return false }
    }
    if let submitters {
      guard Self.matches(submitters, job.submitter) else { return false }
    }
    if let environment {
      guard environment.match(job.environment) else { return false }
    }
    if let secrets {
      guard secrets.match(job.secrets) else { return false }
    }
    return matchesTimeout(job.timeout) && matchesLabels(job.labels)
  }

  private func matchesTimeout(_ given: Duration?) -> Bool {
    guard let timeout else { return true }
    if let text = timeout.atMost {
      guard let bound = try? DurationText.parse(text), let given, given <= bound else {
        return false
      }
    }
    if let text = timeout.over {
      guard let bound = try? DurationText.parse(text), given.map({ $0 > bound }) ?? true else {
        return false
      }
    }
    return true
  }

  private func matchesLabels(_ given: [String: String]) -> Bool {
    guard let labels else { return true }
    return labels.allSatisfy { name, patterns in
      given.contains { label in
        label.key.utf8.elementsEqual(name.utf8)
          && patterns.contains { ManifestGlob.matchesText($0, label.value) }
      }
    }
  }

  private static func matches(_ patterns: [String], _ text: String?) -> Bool {
    guard let text else { return patterns.contains(none) }
    return patterns.contains { $0 != none && ManifestGlob.matchesPath($0, text) }
  }
}

extension ManifestRule.Names {
  fileprivate func match(_ names: [String]) -> Bool {
    if let only {
      return names.allSatisfy { name in only.contains { ManifestGlob.matchesText($0, name) } }
    }
    return names.contains { name in
      (any ?? []).contains { ManifestGlob.matchesText($0, name) }
    }
  }
}
