/// A TLS alert description (RFC 8446, section 6).
package struct TLSAlert: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let closeNotify = TLSAlert(rawValue: 0)
  package static let unexpectedMessage = TLSAlert(rawValue: 10)
  package static let badRecordMAC = TLSAlert(rawValue: 20)
  package static let recordOverflow = TLSAlert(rawValue: 22)
  package static let handshakeFailure = TLSAlert(rawValue: 40)
  package static let badCertificate = TLSAlert(rawValue: 42)
  package static let unsupportedCertificate = TLSAlert(rawValue: 43)
  package static let certificateRevoked = TLSAlert(rawValue: 44)
  package static let certificateExpired = TLSAlert(rawValue: 45)
  package static let certificateUnknown = TLSAlert(rawValue: 46)
  package static let illegalParameter = TLSAlert(rawValue: 47)
  package static let unknownCA = TLSAlert(rawValue: 48)
  package static let accessDenied = TLSAlert(rawValue: 49)
  package static let decodeError = TLSAlert(rawValue: 50)
  package static let decryptError = TLSAlert(rawValue: 51)
  package static let protocolVersion = TLSAlert(rawValue: 70)
  package static let insufficientSecurity = TLSAlert(rawValue: 71)
  package static let internalError = TLSAlert(rawValue: 80)
  package static let inappropriateFallback = TLSAlert(rawValue: 86)
  package static let userCanceled = TLSAlert(rawValue: 90)
  package static let missingExtension = TLSAlert(rawValue: 109)
  package static let unsupportedExtension = TLSAlert(rawValue: 110)
  package static let unrecognizedName = TLSAlert(rawValue: 112)
  package static let certificateRequired = TLSAlert(rawValue: 116)
  package static let noApplicationProtocol = TLSAlert(rawValue: 120)

  /// True where the alert is the sender's verdict on a certificate that it was shown, or missed.
  package var concernsCertificate: Bool {
    switch self {
    case .badCertificate, .unsupportedCertificate, .certificateRevoked, .certificateExpired,
      .certificateUnknown, .unknownCA, .accessDenied, .certificateRequired:
      true
    default: false
    }
  }
}

extension TLSAlert: CustomStringConvertible {
  /// The name that RFC 8446 gives it, `alert <number>` for others.
  package var description: String {
    switch self {
    case .closeNotify: "close_notify"
    case .unexpectedMessage: "unexpected_message"
    case .badRecordMAC: "bad_record_mac"
    case .recordOverflow: "record_overflow"
    case .handshakeFailure: "handshake_failure"
    case .badCertificate: "bad_certificate"
    case .unsupportedCertificate: "unsupported_certificate"
    case .certificateRevoked: "certificate_revoked"
    case .certificateExpired: "certificate_expired"
    case .certificateUnknown: "certificate_unknown"
    case .illegalParameter: "illegal_parameter"
    case .unknownCA: "unknown_ca"
    case .accessDenied: "access_denied"
    case .decodeError: "decode_error"
    case .decryptError: "decrypt_error"
    case .protocolVersion: "protocol_version"
    case .insufficientSecurity: "insufficient_security"
    case .internalError: "internal_error"
    case .inappropriateFallback: "inappropriate_fallback"
    case .userCanceled: "user_canceled"
    case .missingExtension: "missing_extension"
    case .unsupportedExtension: "unsupported_extension"
    case .unrecognizedName: "unrecognized_name"
    case .certificateRequired: "certificate_required"
    case .noApplicationProtocol: "no_application_protocol"
    default: "alert \(rawValue)"
    }
  }
}
