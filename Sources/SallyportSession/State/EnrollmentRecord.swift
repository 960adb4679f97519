package import FoundationEssentials
package import SallyportCore
package import SallyportIdentity

/// What a worker or agent remembers of its enrollment, besides key and certificate.
package struct EnrollmentRecord: Sendable, Hashable {
  package let role: EnrollmentRole
  package let spiffeID: SPIFFEID
  package let externalID: ExternalID
  package let enrolledAt: Date

  package init(
    role: EnrollmentRole, spiffeID: SPIFFEID, externalID: ExternalID, enrolledAt: Date
  ) {
    self.role = role
    self.spiffeID = spiffeID
    self.externalID = externalID
    self.enrolledAt = enrolledAt
  }

  /// The gateway's trust domain, for `PeerVerifier.gatewayServer(trustDomain:now:)`.
  package var trustDomain: String { spiffeID.trustDomain }
}

extension EnrollmentRecord {
  private struct File: Codable {
    var role: String
    var spiffeID: String
    var externalID: String
    /// Seconds since 1970-01-01T00:00:00Z.
    var enrolledAt: Int64

    enum CodingKeys: String, CodingKey {
      case role
      case spiffeID = "spiffe_id"
      case externalID = "external_id"
      case enrolledAt = "enrolled_at"
    }
  }

  private struct FieldError: Error, CustomStringConvertible {
    let description: String
  }

  init(json: [UInt8]) throws {
    let file = try JSONDecoder().decode(File.self, from: Data(json))
    guard let role = EnrollmentRole(rawValue: file.role) else {
      throw FieldError(description: "unknown role")
    }
    guard let externalID = ExternalID(file.externalID) else {
      throw FieldError(description: "external_id is not 32 hexadecimal digits")
    }
    self.init(
      role: role, spiffeID: try SPIFFEID(parsing: file.spiffeID), externalID: externalID,
      enrolledAt: Date(timeIntervalSince1970: TimeInterval(file.enrolledAt)))
  }

  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let file = File(
      role: role.rawValue, spiffeID: spiffeID.uri, externalID: externalID.rawValue,
      enrolledAt: Int64(enrolledAt.timeIntervalSince1970))
    return Array(try encoder.encode(file)) + [UInt8(ascii: "\n")]
  }
}
