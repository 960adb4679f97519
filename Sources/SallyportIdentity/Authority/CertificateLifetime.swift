package import FoundationEssentials

/// How long issued certificates live, and how far they reach back.
package enum CertificateLifetime {
  /// Outer leaf certificates: renewed long before.
  package static let outer: Duration = .seconds(24 * 3_600)
  /// Inner leaf certificates, which people issue by hand.
  package static let inner: Duration = .seconds(90 * 86_400)
  /// Keys to which a pool's secrets are sealed: a year.
  package static let poolKey: Duration = .seconds(365 * 86_400)
  /// Roots: ten years.
  package static let authority: Duration = .seconds(3_653 * 86_400)

  /// A certificate is valid from this long before it was issued, so that a peer whose clock is
  /// behind accepts it: five minutes, but at most a tenth of the lifetime.
  package static func backdate(for lifetime: Duration) -> Duration {
    min(.seconds(300), lifetime / 10)
  }

  /// Whether who issues certificates to itself should do so again: half of this one's life is over,
  /// or it is not valid yet, having been issued by a clock that was ahead and has been set right.
  package static func isToBeReplaced(from notBefore: Date, to notAfter: Date, now: Date) -> Bool {
    now < notBefore || now >= notBefore + notAfter.timeIntervalSince(notBefore) / 2
  }
}
