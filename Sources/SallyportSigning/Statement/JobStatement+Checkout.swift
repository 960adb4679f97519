internal import SallyportBytes
internal import SallyportCore

extension JobStatement.Checkout {
  var json: JSONValue {
    var object: JSONObject = [
      "vcs_pool": .string(vcsPool.rawValue), "repository": .string(repository.rawValue),
    ]
    if let ref { _ = object.append("ref", .string(ref)) }
    if let commit { _ = object.append("commit", .string(commit)) }
    return .object(object)
  }

  init(_ reader: JSONReader) throws(SignedJobError) {
    try reader.allow(["vcs_pool", "repository", "ref", "commit"])
    do {
      vcsPool = try PoolName(try reader.string("vcs_pool"))
      repository = try RepositoryName(try reader.string("repository"))
    } catch let error as SignedJobError {
      throw error
    } catch {
      throw reader.malformed("names a VCS pool or repository of the wrong form")
    }
    ref = try reader.optionalString("ref")
    commit = try reader.optionalString("commit")
    if let ref, !Self.isFullRefName(ref) {
      throw reader.malformed("'ref' is not a full ref name such as refs/heads/main")
    }
    if let commit, !Self.isCommit(commit) {
      throw reader.malformed("'commit' is not 40 or 64 lower-case hexadecimal digits")
    }
    guard ref != nil || commit != nil else { throw reader.malformed("has neither ref nor commit") }
  }

  package static func isCommit(_ text: String) -> Bool {
    text.isHexadecimal(digits: 40) || text.isHexadecimal(digits: 64)
  }

  /// `refs/` and at least two more components, by the rules of git-check-ref-format(1).
  package static func isFullRefName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count <= 1_024, text.hasPrefix("refs/"), !text.hasSuffix("."),
      !text.contains(".."), !text.contains("@{"), bytes.allSatisfy(isRefByte)
    else { return false }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count >= 3
      && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
  }

  private static func isRefByte(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte != 0x7F && !"~^:?*[\\".utf8.contains(byte)
  }
}
