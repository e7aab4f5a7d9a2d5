import Foundation
import PackagePlugin

/// Puts the commit of the sources into the program, at every build.
///
/// The command runs before the build and writes its file only when the content changes, so that a
/// build with nothing new compiles nothing.
@main struct BuildRecord: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let folder = context.pluginWorkDirectoryURL.appending(path: "Generated")
    let package = context.package.directoryURL
    return [
      .prebuildCommand(
        displayName: "Recording the commit", executable: URL(fileURLWithPath: "/bin/sh"),
        arguments: [
          package.appending(path: "tools/record-build").path, package.path, folder.path,
        ],
        outputFilesDirectory: folder)
    ]
  }
}
