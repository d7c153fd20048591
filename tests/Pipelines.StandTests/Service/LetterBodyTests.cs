using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Pipelines.Service.Http;

namespace Pipelines.ServiceTests;

/// <summary>What was set aside may be anything, and is shown all the same.</summary>
internal sealed class LetterBodyTests
{
    [TestCase("{\"a\":[1]}", "json")]
    [TestCase("{\"a\":\"\\ud83c\\udfed\"}", "json")]
    [TestCase("{\"a\":\"\\ud800\"}", "text")]
    [TestCase("{\"\\ud800\":1}", "text")]
    [TestCase("no message", "text")]
    [TestCase("{\"a\":\"\u00ff\"}", "base64")]
    [TestCase("", "text")]
    public void It_is_as_it_came(string latin, string kind)
    {
        var body = DeadLetterEndpoints.LetterBody.Of(Encoding.Latin1.GetBytes(latin));

        using var written = JsonDocument.Parse(JsonSerializer.Serialize(body, ApiJson.Options));
        Assert.That(written.RootElement.GetProperty("as").GetString(), Is.EqualTo(kind));
        var content = written.RootElement.GetProperty("content");
        if (kind == "json")
        {
            using var came = JsonDocument.Parse(latin);
            Assert.That(JsonElement.DeepEquals(content, came.RootElement));
        }
        else
        {
            Assert.That(kind == "text" ? content.GetString() : Encoding.Latin1.GetString(content.GetBytesFromBase64()), Is.EqualTo(latin));
        }
    }
}
