// swift-tools-version: 6.2
import PackageDescription

// Apart from the main package, whose users need none of this. scripts/fuzz builds and runs it.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .unsafeFlags(["-sanitize=fuzzer,address"]),
]

let package = Package(
  name: "Fuzz",
  targets: [
    .target(name: "CLibFuzzer"),
    .target(name: "SallyportMasking", swiftSettings: settings),
    .executableTarget(
      name: "FuzzMasking", dependencies: ["SallyportMasking", "CLibFuzzer"],
      swiftSettings: settings,
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
  ])
