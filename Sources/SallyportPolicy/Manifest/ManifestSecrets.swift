/// One row of a permission manifest: secrets from one place, and which jobs may have them.
package struct ManifestSecrets: Hashable, Sendable, Codable {
  package let names: [String]
  /// For example `file /etc/sallyport/npm-token`.
  package let source: String
  /// Whether every job may have them that the rules allow.
  package let everyJob: Bool
  /// Otherwise one of these must hold.
  package let jobs: [ManifestRule]

  private enum CodingKeys: String, CodingKey {
    case names, source, jobs
    case everyJob = "every-job"
  }

  package init(names: [String], source: String, jobs: JobConditions) {
    self.names = names
    self.source = source
    everyJob = jobs.policy.defaultAction == .allow
    self.jobs = jobs.policy.rules.map { ManifestRule($0) }
  }
}
