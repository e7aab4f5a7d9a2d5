extension OfficialDataSet {
  /// Handwritten digits.
  public static let mnist = OfficialDataSet(
    name: "mnist", summary: "60,000 + 10,000 grey images of handwritten digits, 28×28",
    license: "not stated in the files",
    citation: "LeCun, Cortes, Burges: The MNIST database of handwritten digits",
    downloads: grey(
      addresses: [
        "http://yann.lecun.com/exdb/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
      ],
      [
        (
          "train-images-idx3-ubyte.gz", 9_912_422,
          "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
          47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        (
          "train-labels-idx1-ubyte.gz", 28_881,
          "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
          60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        (
          "t10k-images-idx3-ubyte.gz", 1_648_877,
          "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
          7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        (
          "t10k-labels-idx1-ubyte.gz", 4542,
          "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
          10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
      ]))

  /// Pieces of clothing, in the format of MNIST.
  public static let fashionMNIST = OfficialDataSet(
    name: "fashion-mnist", summary: "60,000 + 10,000 grey images of clothing, 28×28",
    license: "MIT",
    citation: "Xiao, Rasul, Vollgraf: Fashion-MNIST. arXiv:1708.07747",
    downloads: grey(
      addresses: [
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
      ],
      [
        (
          "train-images-idx3-ubyte.gz", 26_421_880,
          "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
          47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
        ),
        (
          "train-labels-idx1-ubyte.gz", 29_515,
          "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
          60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
        ),
        (
          "t10k-images-idx3-ubyte.gz", 4_422_102,
          "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
          7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
        ),
        (
          "t10k-labels-idx1-ubyte.gz", 5148,
          "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
          10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
        ),
      ]))

  /// Small photographs of ten kinds of things.
  public static let cifar10 = OfficialDataSet(
    name: "cifar10", summary: "50,000 + 10,000 colour images of ten classes, 32×32",
    license: "not stated by the authors",
    citation: "Krizhevsky: Learning Multiple Layers of Features from Tiny Images. 2009",
    downloads: [
      OfficialFile(
        "cifar-10-binary.tar.gz", ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
        size: 170_052_171,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")
    ],
    files: [
      ("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
      ("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
      ("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
      ("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
      ("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
      ("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
    ].map { OfficialFile(plain: $0.0, [], 30_730_000, $0.1) },
    folderInArchive: "cifar-10-batches-bin")

  private typealias GreyFile = (
    name: String, size: Int, sha256: String, contentSize: Int, contentSHA256: String
  )

  private static func grey(addresses: [String], _ files: [GreyFile]) -> [OfficialFile] {
    files.map { file in
      OfficialFile(
        file.name, addresses.map { $0 + file.name }, size: file.size, sha256: file.sha256,
        content: OfficialFile.Content(file.contentSize, file.contentSHA256))
    }
  }
}
