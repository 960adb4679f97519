/// How long issued certificates live, and how far they reach back.
package enum CertificateLifetime {
  /// Outer leaf certificates: renewed long before.
  package static let outer: Duration = .seconds(24 * 3_600)
  /// Inner leaf certificates, which people issue by hand.
  package static let inner: Duration = .seconds(90 * 86_400)
  /// Roots: ten years.
  package static let authority: Duration = .seconds(3_653 * 86_400)

  /// A certificate is valid from this long before it was issued, so that a peer whose clock is
  /// behind accepts it: five minutes, but at most a tenth of the lifetime.
  package static func backdate(for lifetime: Duration) -> Duration {
    min(.seconds(300), lifetime / 10)
  }
}
