using System.Text;
using CsCheck;
using NUnit.Framework;
using Pipelines.Service.Http;

namespace Pipelines.Tests.Service;

/// <summary>The vector of standard-webhooks, and what its libraries test.</summary>
internal sealed class StandardWebhookTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Timestamp = "1614265330";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");
    private static readonly DateTimeOffset Then = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    [Test]
    public void The_official_vector_is_believed_and_signed_alike()
    {
        Assert.That(WhyNot(), Is.Null);
        Assert.That(StandardWebhook.Sign(Id, 1614265330, Body, Key(Secret)), Is.EqualTo(Signature));
    }

    [TestCase(null, Timestamp, Signature, "webhook-id is missing")]
    [TestCase(Id, "", Signature, "webhook-timestamp is missing")]
    [TestCase(Id, Timestamp, null, "webhook-signature is missing")]
    [TestCase(Id, "now", Signature, "no number")]
    [TestCase(Id, "-1614265330", Signature, "no number")]
    [TestCase(Id, "99999999999999999999", Signature, "no number")]
    [TestCase(Id, "9223372036854775807", Signature, "in the future")]
    [TestCase(Id, "0", Signature, "ago")]
    [TestCase("msg_other", Timestamp, Signature, "no signature is right")]
    [TestCase(Id, "1614265331", Signature, "no signature is right")]
    [TestCase(Id, Timestamp, "v1,g0hM9SsE+OTPJTGt/tmIKtSy", "no signature is right")]
    [TestCase(Id, Timestamp, "v1,", "no signature is right")]
    [TestCase(Id, Timestamp, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "no signature is right")]
    [TestCase(Id, Timestamp, "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "no signature is right")]
    [TestCase(Id, Timestamp, "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "no signature is right")]
    public void What_is_not_whole_or_not_right_is_not_believed(string? id, string? timestamp, string? signature, string why) =>
        Assert.That(StandardWebhook.WhyNot(id, timestamp, signature, Body, [Key(Secret)], Then), Does.Contain(why));

    [TestCase(-300, true)]
    [TestCase(-301, false)]
    [TestCase(300, true)]
    [TestCase(301, false)]
    public void The_clocks_may_be_five_minutes_apart_and_not_a_second_more(int seconds, bool believed) =>
        Assert.That(WhyNot(now: Then.AddSeconds(seconds)), believed ? Is.Null : Is.Not.Null);

    [Test]
    public void One_right_signature_among_others_is_enough() =>
        Assert.That(WhyNot($"v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= {Signature} v1a,xyz"), Is.Null);

    [Test]
    public void Any_active_secret_is_good_and_none_is_not()
    {
        var other = Key("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        Assert.That(WhyNot(keys: [other, Key(Secret)]), Is.Null);
        Assert.That(WhyNot(keys: [other]), Is.Not.Null);
        Assert.That(WhyNot(keys: []), Is.Not.Null);
    }

    [TestCase("")]
    [TestCase("whsec_")]
    [TestCase("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [TestCase("whsec_not base64!")]
    [TestCase("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=")]
    public void A_secret_that_is_none_or_too_short_is_no_key(string secret) => Assert.That(WebhookKey.Parse(secret), Is.Null);

    [Test]
    public void A_secret_has_24_to_64_bytes()
    {
        foreach (var (length, good) in new[] { (23, false), (24, true), (64, true), (65, false) })
        {
            Assert.That(WebhookKey.Parse($"whsec_{Convert.ToBase64String(new byte[length])}") is not null, Is.EqualTo(good), $"{length} bytes");
        }
    }

    [Test]
    public void Nothing_that_was_not_signed_is_believed_and_nothing_throws() =>
        Gen.Select(Gen.String, Gen.String, Gen.String, Gen.Byte.Array).Sample((id, timestamp, signature, body) =>
            Assert.That(StandardWebhook.WhyNot(id, timestamp, signature, body, [Key(Secret)], Then), Is.Not.Null));

    [Test]
    public void A_signature_is_of_every_byte() =>
        Gen.Select(Gen.Byte.Array[1, 100], Gen.Int[0, 99], Gen.Int[1, 255]).Sample((body, at, change) =>
        {
            var signature = StandardWebhook.Sign(Id, 1614265330, body, Key(Secret));
            var changed = body.ToArray();
            changed[at % body.Length] ^= (byte)change;
            Assert.That(StandardWebhook.WhyNot(Id, Timestamp, signature, body, [Key(Secret)], Then), Is.Null);
            Assert.That(StandardWebhook.WhyNot(Id, Timestamp, signature, changed, [Key(Secret)], Then), Is.Not.Null);
        });

    private static byte[] Key(string secret) => WebhookKey.Parse(secret)!;

    private static string? WhyNot(string signatures = Signature, IReadOnlyList<byte[]>? keys = null, DateTimeOffset? now = null) =>
        StandardWebhook.WhyNot(Id, Timestamp, signatures, Body, keys ?? [Key(Secret)], now ?? Then);
}
