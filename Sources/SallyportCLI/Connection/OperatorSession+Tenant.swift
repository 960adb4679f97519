import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportSealing

extension OperatorSession {
  /// The tenant whose operator this is, as the operator's own certificate says. The gateway is not
  /// asked: what is sealed and opened names the tenant, and the gateway shall not choose it.
  ///
  /// - Throws: `IdentityError`; ``ErrorReport`` where the certificate is not an operator's.
  func tenant() throws -> TenantName {
    let file = "\(profile.directory)/certificate.pem"
    guard let leaf = try CertificateFile.load(file).first,
      let id = try CertificateSummary(der: leaf).spiffeID,
      case .operatorNamed(let tenant, _)? = GatewayIdentity(id)
    else {
      throw ErrorReport(
        "\(file) is not the certificate of an operator",
        exitCode: SallyportCore.ExitCode.configuration)
    }
    return tenant
  }

  /// Who reads sealed logs, with the private keys of these files.
  func logIdentity(files: [String]) throws -> LogOpener.Identity {
    LogOpener.Identity(tenant: try tenant(), keys: try SealingKeyring(files: files))
  }
}
