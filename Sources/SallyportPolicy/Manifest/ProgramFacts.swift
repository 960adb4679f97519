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

  /// For example `git-upload-pack`.
  package var methods: [String]
  package var upstreams: [Upstream]
  package var outbound: [Outbound]

  package init(methods: [String], upstreams: [Upstream] = [], outbound: [Outbound] = []) {
    self.methods = methods
    self.upstreams = upstreams
    self.outbound = outbound
  }
}
