using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Pipelines.Service.Outbound;

namespace Pipelines.Tests.Service;

/// <summary>Webhooks do not call what is inside, however it is written.</summary>
internal sealed class AddressGuardTests
{
    [TestCase("127.0.0.1")]
    [TestCase("127.8.9.10")]
    [TestCase("0.0.0.0")]
    [TestCase("10.1.2.3")]
    [TestCase("172.16.0.1")]
    [TestCase("172.31.255.255")]
    [TestCase("192.168.1.1")]
    [TestCase("169.254.169.254")]
    [TestCase("100.64.0.1")]
    [TestCase("100.100.100.200")]
    [TestCase("168.63.129.16")]
    [TestCase("192.0.0.192")]
    [TestCase("198.18.0.1")]
    [TestCase("224.0.0.1")]
    [TestCase("255.255.255.255")]
    [TestCase("::")]
    [TestCase("::1")]
    [TestCase("::ffff:127.0.0.1")]
    [TestCase("::ffff:10.0.0.1")]
    [TestCase("::ffff:169.254.169.254")]
    [TestCase("::127.0.0.1")]
    [TestCase("64:ff9b::10.0.0.1")]
    [TestCase("64:ff9b::7f00:1")]
    [TestCase("2002:7f00:1::")]
    [TestCase("2001:0:7f00:1::")]
    [TestCase("fe80::1")]
    [TestCase("fe80::1%2")]
    [TestCase("fec0::1")]
    [TestCase("fc00::1")]
    [TestCase("fd00:ec2::254")]
    [TestCase("ff02::1")]
    [TestCase("100::1")]
    public void What_is_inside_is_refused(string address) => Assert.That(Guard().Allows(IPAddress.Parse(address)), Is.False);

    [TestCase("8.8.8.8")]
    [TestCase("172.32.0.1")]
    [TestCase("100.128.0.1")]
    [TestCase("::ffff:8.8.8.8")]
    [TestCase("64:ff9b::8.8.8.8")]
    [TestCase("2606:4700::1111")]
    public void What_is_public_is_called(string address) => Assert.That(Guard().Allows(IPAddress.Parse(address)), Is.True);

    [Test]
    public void A_network_that_is_allowed_is_called_however_its_address_is_written()
    {
        var guard = Guard("10.20.0.0/16", "fd00:20::/32");
        Assert.Multiple(() =>
        {
            Assert.That(guard.Allows(IPAddress.Parse("10.20.30.40")), Is.True);
            Assert.That(guard.Allows(IPAddress.Parse("::ffff:10.20.30.40")), Is.True);
            Assert.That(guard.Allows(IPAddress.Parse("fd00:20::5")), Is.True);
            Assert.That(guard.Allows(IPAddress.Parse("10.21.0.1")), Is.False);
            Assert.That(guard.Allows(IPAddress.Parse("127.0.0.1")), Is.False);
        });
    }

    [Test]
    public async Task A_name_is_judged_by_all_that_it_leads_to_and_only_what_is_allowed_is_called()
    {
        var guard = new AddressGuard(Settings(), (_, _) => Task.FromResult(new[] { IPAddress.Parse("8.8.8.8"), IPAddress.Parse("10.0.0.1") }));

        Assert.That(await guard.WhyNotAsync("two.example", CancellationToken.None), Does.Contain("'two.example' leads to 10.0.0.1"));
        Assert.That(await guard.ResolveAsync("two.example", CancellationToken.None), Is.EqualTo(new[] { IPAddress.Parse("8.8.8.8") }));
        Assert.That(async () => await guard.ResolveAsync("127.0.0.1", CancellationToken.None), Throws.InstanceOf<AddressRefusedException>());
        Assert.That(await guard.WhyNotAsync("[::1]", CancellationToken.None), Does.Contain("no public address"));
    }

    [Test]
    public async Task A_name_that_leads_nowhere_now_is_judged_when_it_is_called()
    {
        var guard = new AddressGuard(Settings(), (_, _) => throw new SocketException((int)SocketError.HostNotFound));

        Assert.That(await guard.WhyNotAsync("later.example", CancellationToken.None), Is.Null);
        Assert.That(async () => await guard.ResolveAsync("later.example", CancellationToken.None), Throws.InstanceOf<SocketException>());
    }

    [Test]
    public void Tries_are_never_sooner_than_published_and_at_most_a_fifth_later()
    {
        Assert.Multiple(() =>
        {
            Assert.That(RetrySchedule.After(1, 0), Is.EqualTo(TimeSpan.FromSeconds(5)));
            Assert.That(RetrySchedule.After(1, 1), Is.EqualTo(TimeSpan.FromSeconds(6)));
            Assert.That(RetrySchedule.After(9, 0), Is.EqualTo(TimeSpan.FromHours(24)));
            Assert.That(RetrySchedule.After(10, 0), Is.Null);
        });
    }

    private static OutboundSettings Settings(params string[] allowed) => new([.. allowed.Select(x => IPNetwork.Parse(x))], AllowHttp: false, TimeSpan.FromSeconds(15));

    private static AddressGuard Guard(params string[] allowed) => new(Settings(allowed), (_, _) => throw new InvalidOperationException("Nobody asked for a name."));
}
