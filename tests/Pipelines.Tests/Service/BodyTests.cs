using System.Text;
using CsCheck;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using Pipelines.Service.Http;

namespace Pipelines.Tests.Service;

internal sealed class BodyTests
{
    private static readonly string[] Known = ["pipeline", "snapshotDigest", "note"];

    [Test]
    public void Bytes_of_any_kind_are_read_or_refused_and_nothing_else() =>
        Gen.OneOf(
            Gen.Byte.Array,
            Gen.String.Select(x => Encoding.UTF8.GetBytes(x)),
            Gen.String[Gen.Char["{}[]\":,\\u0dbn1e+- ntfa"], 0, 60].Select(x => Encoding.UTF8.GetBytes(x)),
            Gen.Select(Gen.String, Gen.String).Select((note, by) => Encoding.UTF8.GetBytes($$"""{"note":"{{note}}","requestedBy":"{{by}}"}"""))).Sample(bytes =>
        {
            Read(bytes, null);
            Read(bytes, Known);
        });

    [Test]
    public void A_text_that_is_kept_has_no_NUL_and_is_not_longer_than_it_may_be() =>
        Gen.String.Sample(text =>
        {
            var kept = BodyReader.WhyNotText(text, 50) is null;
            Assert.That(kept, Is.EqualTo(text.Length <= 50 && !text.Any(x => char.IsControl(x) && x is not ('\n' or '\r' or '\t'))));
        });

    private static void Read(byte[] bytes, string[]? known)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentType = "application/json; charset=utf-8";
        try
        {
            PromotionAsk.From(BodyReader.ParseObject(request, bytes, known));
        }
        catch (RefusedException e)
        {
            Assert.That(e.Refusal.Status, Is.EqualTo(400));
            Assert.That(e.Refusal.Detail, Does.EndWith("."));
        }
    }
}
