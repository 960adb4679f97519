/// What a program can do beside its policy: from its configuration.
package struct ProgramFacts: Hashable, Sendable {
  /// Where repositories come from; the first pattern that matches counts.
  package struct Upstream: Hashable, Sendable, Codable {
    package let match: String
    /// A host, an address without credentials, or a directory.
    package let place: String

    package init(match: String, place: String) {
      self.match = match
      self.place = place
    }
  }

  /// A connection that the program makes.
  package struct Outbound: Hashable, Sendable, Codable {
    /// `host:port`
    package let address: String
    /// For example `gateway`.
    package let purpose: String

    package init(address: String, purpose: String) {
      self.address = address
      self.purpose = purpose
    }
  }

  /// Whose signature over a job counts.
  package struct Signatures: Hashable, Sendable, Codable {
    /// Whether nothing is done without one. A VCS agent then serves what the signed job names, and of
    /// that what the rules allow.
    package let required: Bool
    /// Ids of the keys that may sign, without those that are revoked.
    package let trusted: [String]

    package init(required: Bool, trusted: [String]) {
      self.required = required
      self.trusted = trusted
    }
  }

  /// For example `git-upload-pack`.
  package var methods: [String]
  package var upstreams: [Upstream]
  package var outbound: [Outbound]
  package var signatures: Signatures
  /// Of a worker.
  package var secrets: [ManifestSecrets]
  /// Of a worker: ids of the keys that its logs are sealed to. Of none where they are not sealed.
  package var logReaders: [String]?

  package init(
    methods: [String], upstreams: [Upstream] = [], outbound: [Outbound] = [],
    signatures: Signatures = Signatures(required: false, trusted: []),
    secrets: [ManifestSecrets] = [], logReaders: [String]? = nil
  ) {
    self.methods = methods
    self.upstreams = upstreams
    self.outbound = outbound
    self.signatures = signatures
    self.secrets = secrets
    self.logReaders = logReaders
  }
}
