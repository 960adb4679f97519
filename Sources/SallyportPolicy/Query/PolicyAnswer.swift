internal import FoundationEssentials
internal import SallyportConfig

/// The answer of an Open Policy Agent's Data API.
///
/// `{"result": true}`, or `{"result": {"allow": true, "reason": "..."}}`. Nothing else allows: not
/// a missing result, which is how the Data API says undefined, not `1`, not `"true"`.
package struct PolicyAnswer: Hashable, Sendable {
  /// Bytes of an answer.
  package static let maximumLength = 64 << 10
  /// Patterns of refs.
  package static let maximumRefs = 256

  package let isAllowed: Bool
  /// For the customer's log and ledger, at most 512 characters. Never for the submitter.
  package let reason: String?
  /// To a VCS agent: the only refs of the repository that are allowed; nil for all.
  package let refs: [RefPattern]?
  /// Where the agent logs its decisions: which one this is.
  package let decisionID: String?

  /// No answer, which denies.
  package init(_ error: PolicyQueryError) {
    isAllowed = false
    reason = error.description
    refs = nil
    decisionID = nil
  }

  /// - Parameter program: Who has asked. A worker asks about one ref, so that a list of refs is no
  ///   answer to it.
  /// - Throws: ``PolicyQueryError``: `tooLarge`, `malformed` or `undefined`.
  package init(parsing body: [UInt8], for program: PolicyProgram) throws(PolicyQueryError) {
    guard body.count <= Self.maximumLength else { throw PolicyQueryError(.tooLarge) }
    // The decoder would guess UTF-16 and UTF-32 too, which have zero bytes.
    guard !body.contains(0), String(validating: body, as: UTF8.self) != nil else {
      throw PolicyQueryError(.malformed)
    }
    let answer: Answer
    do {
      answer = try JSONDecoder().decode(Answer.self, from: Data(body))
    } catch {
      throw PolicyQueryError(.malformed)
    }
    guard let result = answer.result else { throw PolicyQueryError(.undefined) }
    isAllowed = result.allow
    reason = result.reason.map { ShownText.short($0, limit: 512) }
    refs = try result.refs.map { refs throws(PolicyQueryError) in
      try Self.patterns(refs, for: program)
    }
    decisionID = answer.decisionID.flatMap { Self.isIdentifier($0) ? $0 : nil }
  }

  private static func patterns(
    _ texts: [String], for program: PolicyProgram
  ) throws(PolicyQueryError) -> [RefPattern] {
    guard program == .agent else {
      throw PolicyQueryError(.malformed, "'refs' is for VCS agents; a worker asks about one ref")
    }
    guard texts.count <= maximumRefs else {
      throw PolicyQueryError(.malformed, "more than \(maximumRefs) refs")
    }
    return try texts.map { text throws(PolicyQueryError) in
      do throws(PatternProblem) {
        return try RefPattern(text)
      } catch {
        throw PolicyQueryError(.malformed, "'\(text)' is no pattern of refs: \(error.reason)")
      }
    }
  }

  /// What goes into a ledger and a log unchanged: up to 128 letters, digits and a few signs.
  private static func isIdentifier(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: "."), UInt8(ascii: ":"):
          true
        default: false
        }
      }
  }

  private struct Answer: Decodable {
    let result: Result?
    let decisionID: String?

    private enum Key: String, CodingKey {
      case result
      case decisionID = "decision_id"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      // `null` is there: it is no decision, but not undefined either.
      result =
        container.contains(.result) ? try container.decode(Result.self, forKey: .result) : nil
      decisionID = try? container.decode(String.self, forKey: .decisionID)
    }
  }

  private struct Result: Decodable {
    let allow: Bool
    let reason: String?
    let refs: [String]?

    private enum Key: String, CodingKey { case allow, reason, refs }

    init(from decoder: any Decoder) throws {
      if let allow = try? decoder.singleValueContainer().decode(Bool.self) {
        self.allow = allow
        (reason, refs) = (nil, nil)
        return
      }
      let container = try decoder.container(keyedBy: Key.self)
      allow = try container.decode(Bool.self, forKey: .allow)
      reason = try container.decodeIfPresent(String.self, forKey: .reason)
      // Not `decodeIfPresent`: `null` would take a limit for none.
      refs = container.contains(.refs) ? try container.decode([String].self, forKey: .refs) : nil
    }
  }
}
