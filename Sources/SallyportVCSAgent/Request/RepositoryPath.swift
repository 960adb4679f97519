package import SallyportCore

/// What the `:path` of a request names: a repository, and one of the two things that are served of
/// it.
///
/// There is one accepted spelling: no percent-encoding, no empty or dot segments, no parameters,
/// no fragment, nothing outside of ``RepositoryName``'s alphabet. What has one spelling needs no
/// decoding, so that nothing can be decoded twice, or differently by the server behind.
package struct RepositoryPath: Hashable, Sendable {
  package enum Resource: String, Hashable, Sendable {
    /// `/<repository>/info/refs?service=git-upload-pack`
    case advertisement
    /// `/<repository>/git-upload-pack`
    case uploadPack = "upload-pack"
  }

  /// Bytes.
  package static let maximumLength = 1_024

  package let repository: RepositoryName
  package let resource: Resource

  /// - Throws: ``RequestRefusal``: `service` where the path asks for another service of Git,
  ///   `invalidPath` for anything else.
  package init(parsing path: String) throws(RequestRefusal) {
    guard path.utf8.count <= Self.maximumLength else {
      throw RequestRefusal(.invalidPath, "longer than \(Self.maximumLength) bytes")
    }
    // From here on one character is one byte: no combining mark hides a separator.
    guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw RequestRefusal(.invalidPath, "a byte that is no visible ASCII character")
    }
    let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, first.first == "/" else {
      throw RequestRefusal(.invalidPath, "not an absolute path")
    }
    let query = parts.count == 2 ? parts[1] : nil
    let (name, resource) = try Self.split(first.dropFirst(), query: query)
    do {
      repository = try RepositoryName(name)
    } catch {
      throw RequestRefusal(.invalidPath, error.reason)
    }
    self.resource = resource
  }

  /// The path as it is sent on: the only spelling there is.
  package var text: String {
    switch resource {
    case .advertisement: "\(repository)/info/refs?service=git-upload-pack"
    case .uploadPack: "\(repository)/git-upload-pack"
    }
  }

  private static func split(
    _ path: Substring, query: Substring?
  ) throws(RequestRefusal) -> (Substring, Resource) {
    if let name = path.dropping(suffix: "/info/refs") {
      guard query == "service=git-upload-pack" else {
        throw RequestRefusal(.service, "info/refs for another service")
      }
      return (name, .advertisement)
    }
    if let name = path.dropping(suffix: "/git-upload-pack") {
      guard query == nil else { throw RequestRefusal(.invalidPath, "unexpected query") }
      return (name, .uploadPack)
    }
    for service in ["/git-receive-pack", "/git-upload-archive"] where path.hasSuffix(service) {
      throw RequestRefusal(.service, String(service.dropFirst()))
    }
    guard !path.hasSuffix("/HEAD"), path.firstRange(of: "/objects/") == nil else {
      throw RequestRefusal(.service, "dumb HTTP protocol")
    }
    throw RequestRefusal(.invalidPath, "not a path of Git's smart HTTP protocol")
  }
}

extension Substring {
  fileprivate func dropping(suffix: String) -> Substring? {
    hasSuffix(suffix) ? dropLast(suffix.count) : nil
  }
}
