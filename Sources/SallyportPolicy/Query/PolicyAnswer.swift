internal import FoundationEssentials
internal import SallyportConfig

/// Reads the answer of an Open Policy Agent's Data API.
///
/// `{"result": true}`, or `{"result": {"allow": true, "reason": "..."}}`. Nothing else allows: not
/// a missing result, which is how the Data API says undefined, not `1`, not `"true"`.
package enum PolicyAnswer {
  /// Bytes of an answer.
  package static let maximumLength = 64 << 10

  /// - Throws: ``PolicyQueryError``: `tooLarge`, `malformed` or `undefined`.
  package static func decision(from body: [UInt8]) throws(PolicyQueryError) -> PolicyDecision {
    guard body.count <= maximumLength else { throw PolicyQueryError(.tooLarge) }
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
    return PolicyDecision(
      action: result.allow ? .allow : .deny, source: .openPolicyAgent,
      reason: result.reason.map { ShownText.short($0, limit: 200) })
  }

  private struct Answer: Decodable {
    let result: Result?

    private enum Key: String, CodingKey { case result }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      // `null` is there: it is no decision, but not undefined either.
      result =
        container.contains(.result) ? try container.decode(Result.self, forKey: .result) : nil
    }
  }

  private struct Result: Decodable {
    let allow: Bool
    let reason: String?

    private enum Key: String, CodingKey { case allow, reason }

    init(from decoder: any Decoder) throws {
      if let allow = try? decoder.singleValueContainer().decode(Bool.self) {
        self.allow = allow
        reason = nil
        return
      }
      let container = try decoder.container(keyedBy: Key.self)
      allow = try container.decode(Bool.self, forKey: .allow)
      reason = try container.decodeIfPresent(String.self, forKey: .reason)
    }
  }
}
