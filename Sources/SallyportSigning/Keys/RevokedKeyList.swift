internal import SallyportIdentity

/// A text file of revoked key ids: one on a line, `#` begins a comment.
enum RevokedKeyList {
  static func load(_ path: String) throws(SignedJobError) -> [SigningKeyID] {
    let text: String
    do {
      text = String(decoding: try DurableFile.read(path), as: UTF8.self)
    } catch {
      throw SignedJobError(.unusableKey, error.message)
    }
    return try parse(text, path: path)
  }

  static func parse(_ text: String, path: String) throws(SignedJobError) -> [SigningKeyID] {
    var ids: [SigningKeyID] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" || $0 == "\r" }
      guard let word = words.first else { continue }
      guard words.count == 1, let id = SigningKeyID(String(word)) else {
        throw SignedJobError(
          .unusableKey,
          "\(path), line \(index + 1): expected one key id, 64 lower-case hexadecimal digits")
      }
      ids.append(id)
    }
    return ids
  }
}
