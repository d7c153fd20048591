using System.Diagnostics;
using NUnit.Framework;
using Pipelines.Testing.Stand.Network;

namespace Pipelines.StandTests.Stand;

public sealed class TcpProxyTests
{
    [Test]
    public async Task What_is_cut_fails_at_once_and_works_again_when_mended()
    {
        var replica = (await StandOfTheRun.FreshAsync()).Production[0];
        await using var proxy = TcpProxy.To(replica.FlowsUrl);
        using var http = new HttpClient { BaseAddress = proxy.Through(replica.FlowsUrl) };
        Assert.That(await http.GetStringAsync("version"), Does.Contain(replica.Name));

        proxy.Cut();
        Assert.That(async () => await http.GetStringAsync("version"), Throws.InstanceOf<HttpRequestException>());
        proxy.Mend();

        Assert.That(await http.GetStringAsync("version"), Does.Contain(replica.Name));
    }

    [Test]
    public async Task Silence_keeps_a_question_open_until_mended()
    {
        var replica = (await StandOfTheRun.FreshAsync()).Production[0];
        await using var proxy = TcpProxy.To(replica.FlowsUrl);
        using var http = new HttpClient { BaseAddress = proxy.Through(replica.FlowsUrl) };

        proxy.Silence();
        var answer = http.GetStringAsync("version");
        Assert.That(async () => await answer.WaitAsync(TimeSpan.FromMilliseconds(300)), Throws.InstanceOf<TimeoutException>());
        proxy.Mend();

        Assert.That(await answer, Does.Contain(replica.Name));
    }

    [Test]
    public async Task Delay_is_added_on_the_way_there_and_back()
    {
        var replica = (await StandOfTheRun.FreshAsync()).Production[0];
        await using var proxy = TcpProxy.To(replica.FlowsUrl);
        using var http = new HttpClient { BaseAddress = proxy.Through(replica.FlowsUrl) };
        proxy.Delay = TimeSpan.FromMilliseconds(150);

        var since = Stopwatch.GetTimestamp();
        await http.GetStringAsync("version");

        Assert.That(Stopwatch.GetElapsedTime(since), Is.GreaterThanOrEqualTo(TimeSpan.FromMilliseconds(290)));
    }
}
