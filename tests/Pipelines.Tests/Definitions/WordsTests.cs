using CsCheck;
using NUnit.Framework;
using Pipelines.Engine.Definitions;

namespace Pipelines.Tests.Definitions;

[TestFixture]
internal sealed class WordsTests
{
    [TestCase("rolout", "rollout")]
    [TestCase("Rollout", "rollout")]
    [TestCase("validtae", "validate")]
    [TestCase("deploy", null)]
    [TestCase("", null)]
    public void The_nearest_word_is_the_one_that_was_meant(string word, string? meant) =>
        Assert.That(NearestWord.Of(word, ["snapshot", "validate", "rollout"]), Is.EqualTo(meant));

    [TestCase("ab", "ba", 1)]
    [TestCase("abc", "", 3)]
    [TestCase("wave", "waves", 1)]
    public void Two_swapped_letters_are_one_slip(string a, string b, int slips) => Assert.That(NearestWord.Distance(a, b), Is.EqualTo(slips));

    [Test]
    public void A_duration_that_is_written_reads_back() =>
        Gen.Long[0, (long)TimeSpan.FromDays(365).TotalMilliseconds].Sample(x =>
            Duration.TryParse(Duration.Text(TimeSpan.FromMilliseconds(x)), out var back) && back == TimeSpan.FromMilliseconds(x));

    [TestCase("1h30m", 90 * 60)]
    [TestCase("2d", 2 * 86400)]
    [TestCase("90s", 90)]
    public void A_duration_is_the_sum_of_its_parts(string text, int seconds)
    {
        Assert.That(Duration.TryParse(text, out var duration));
        Assert.That(duration, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }
}
