extension OfficialDataSet {
  /// Commands and actions.
  public static let scan = OfficialDataSet(
    name: "scan", summary: "commands and actions in four splits",
    license: "BSD",
    citation: "Lake, Baroni: Generalization without Systematicity. ICML 2018",
    downloads: [
      (
        "simple_split/tasks_train_simple.txt", 3_267_938,
        "941bb8a088c5f53ceff12fde902dc008933cf0c4203cc672c47b5f79d73262dd"
      ),
      (
        "simple_split/tasks_test_simple.txt", 812_450,
        "1fe1c8f5a19d0dc40e41bab94278f45f66f3dc415a978bd29855a23440610fc6"
      ),
      (
        "length_split/tasks_train_length.txt", 2_723_418,
        "b034212dc7cf87ce62f3a067dd6ad49c4d5cd18d51d615d13825516bcb1ebbc2"
      ),
      (
        "length_split/tasks_test_length.txt", 1_356_970,
        "0760752ed34a75116ae11dcc1ee17526b7500060da1366540730fa24894d7db3"
      ),
      (
        "add_prim_split/tasks_train_addprim_jump.txt", 2_579_619,
        "e3c78485692e028eed4205e1b8b3fd0e785ef2c12d45b5b89204dadf5b239e23"
      ),
      (
        "add_prim_split/tasks_test_addprim_jump.txt", 1_531_555,
        "8147ae2651422c701162e174d9d66158daa57858a26b30317ac61797118ac7a5"
      ),
      (
        "add_prim_split/tasks_train_addprim_turn_left.txt", 3_974_537,
        "1b3fed86055dd7689d217f1b90cc8960aeb1cf200f4f209dc47935761b05304c"
      ),
      (
        "add_prim_split/tasks_test_addprim_turn_left.txt", 173_679,
        "15a82c2d25ac7c3c1fff7e18051fb085974ef3617de895c520d02144396a10e2"
      ),
    ].map { path, size, sha256 in
      OfficialFile(
        plain: String(path.split(separator: "/")[1]), [scanAddress + path], size, sha256)
    })

  /// Questions and answers of school mathematics. No checksum is published or documented.
  public static let mathematics = OfficialDataSet(
    name: "mathematics", summary: "Mathematics Dataset v1.0, questions and answers as text",
    license: "Apache-2.0",
    citation: """
      Saxton, Grefenstette, Hill, Kohli: Analysing Mathematical Reasoning Abilities of Neural \
      Models. ICLR 2019
      """,
    downloads: [
      OfficialFile(
        "mathematics_dataset-v1.0.tar.gz",
        ["https://storage.googleapis.com/mathematics-dataset/mathematics_dataset-v1.0.tar.gz"],
        size: nil, sha256: nil)
    ],
    files: ["train-easy", "train-medium", "train-hard", "interpolate"].flatMap { folder in
      mathematicsModules.map { OfficialFile("\(folder)/\($0).txt", [], size: nil, sha256: nil) }
    },
    folderInArchive: "mathematics_dataset-v1.0")

  /// The modules that the experiments use.
  static let mathematicsModules = [
    "algebra__linear_1d", "arithmetic__add_or_sub", "calculus__differentiate", "comparison__sort",
    "polynomials__collect",
  ]

  /// The commit whose files have the checksums above.
  private static let scanAddress =
    "https://raw.githubusercontent.com/brendenlake/SCAN/c4b756cbc010d75c912f16c42c8f15dc6b7e6c8f/"
}
