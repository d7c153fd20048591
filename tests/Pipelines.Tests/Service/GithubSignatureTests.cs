using System.Text;
using NUnit.Framework;
using Pipelines.Service.Http;

namespace Pipelines.Tests.Service;

internal sealed class GithubSignatureTests
{
    private const string Right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    private static readonly byte[] Key = Encoding.UTF8.GetBytes("It's a Secret to Everybody");

    [TestCase(Right, null)]
    [TestCase("", "X-Hub-Signature-256 is missing")]
    [TestCase("sha1=757107ea0eb2509fc211221cce984b8a37570b6d", "64 hex digits")]
    [TestCase("sha256=757107ea0eb2509fc211221cce984b8a", "64 hex digits")]
    [TestCase("sha256=zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "64 hex digits")]
    [TestCase("sha256=857107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "no signature is right")]
    public void The_published_vector_is_believed_and_nothing_near_it(string signature, string? why) =>
        Assert.That(GithubSignature.WhyNot("id", signature, "Hello, World!"u8, [[1], Key]), why is null ? Is.Null : Does.Contain(why));

    [Test]
    public void Without_an_id_or_without_a_key_nothing_is_believed()
    {
        Assert.That(GithubSignature.WhyNot("", Right, "Hello, World!"u8, [Key]), Does.Contain("X-GitHub-Delivery is missing"));
        Assert.That(GithubSignature.WhyNot("id", Right, "Hello, World!"u8, []), Does.Contain("no signature is right"));
    }
}
