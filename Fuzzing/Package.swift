// swift-tools-version: 6.0
import PackageDescription

// Outside the main package, so that an ordinary build needs no fuzzer; tools/fuzz builds it with
// coverage instrumentation and address sanitizer.

let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "modlab", path: "..")],
  targets: [
    .systemLibrary(name: "CLibFuzzer"),
    .executableTarget(
      name: "modlab-fuzz",
      dependencies: ["CLibFuzzer", .product(name: "FuzzTargets", package: "modlab")],
      // Debian's gold stumbles over the instrumentation; lld comes with the Swift toolchain.
      linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),
  ],
  swiftLanguageModes: [.v6]
)
