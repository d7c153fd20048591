using NUnit.Framework;
using Pipelines.NodeRed.Rules;

namespace Pipelines.Tests.NodeRed.Rules;

/// <summary>Each rule with flows that it must find and with near misses that it must leave alone.</summary>
[TestFixture]
public sealed class HaRuleTests
{
    private const string Broker = """{"id":"b","type":"mqtt-broker","clientid":"","cleansession":true}""";
    private const string Broker5 = """{"id":"b","type":"mqtt-broker","clientid":"","protocolVersion":"5"}""";

    [TestCase("""{"type":"mqtt in","topic":"orders/#","inputs":0}""", 1, TestName = "HA001 A plain topic is found")]
    [TestCase("""{"type":"ff-mqtt-in","topic":"orders/#"}""", 1, TestName = "HA001 FlowFuse's own node too")]
    [TestCase("""{"type":"mqtt in","topic":"${TOPIC}"}""", 1, TestName = "HA001 A topic from the tab's environment is read there")]
    [TestCase("""{"type":"mqtt in","topic":"$shared/orders"}""", 1, TestName = "HA001 Nearly $share is not $share")]
    [TestCase("""{"type":"mqtt in","topic":"$share/plant/orders/#","inputs":0}""", 0, TestName = "HA001 A shared topic is fine")]
    [TestCase("""{"type":"mqtt in","topic":"${SHARED}"}""", 0, TestName = "HA001 A shared topic from the tab's environment is fine")]
    [TestCase("""{"type":"mqtt in","topic":"${ELSEWHERE}"}""", 0, TestName = "HA001 A topic that only the replica knows is not guessed")]
    [TestCase("""{"type":"mqtt in","topic":"$SYS/broker/uptime"}""", 0, TestName = "HA001 What the broker says of itself is for everybody")]
    [TestCase("""{"type":"mqtt in","topic":"orders","inputs":1}""", 0, TestName = "HA001 A dynamic subscription is another rule's")]
    [TestCase("""{"type":"mqtt in","topic":"orders","d":true}""", 0, TestName = "HA001 A disabled node subscribes to nothing")]
    [TestCase("""{"type":"mqtt out","topic":"orders"}""", 0, TestName = "HA001 Publishing is no subscription")]
    public void HA001(string node, int findings) => Expect("HA001", findings, Severity.Error, "topic", node, Broker);

    [TestCase("""{"clientid":"plant-a"}""", 1, TestName = "HA002 A fixed client id is found")]
    [TestCase("""{"clientid":""}""", 0, TestName = "HA002 No client id is fine")]
    [TestCase("""{}""", 0, TestName = "HA002 An absent client id is fine")]
    [TestCase("""{"clientid":"${HOSTNAME}"}""", 0, TestName = "HA002 A client id of each replica is fine")]
    public void HA002(string broker, int findings) => Expect("HA002", findings, Severity.Error, "clientid", User, Config(broker));

    [Test]
    public void HA002_A_broker_that_nobody_uses_connects_to_nothing() =>
        Assert.That(Find("HA002", Config("""{"clientid":"plant-a"}""")), Is.Empty);

    [TestCase("""{"clientid":"a","cleansession":false}""", Severity.Warning, "cleansession", TestName = "HA003 A kept session is found")]
    [TestCase("""{"clientid":"a","cleansession":"false"}""", Severity.Warning, "cleansession", TestName = "HA003 Written as text too")]
    [TestCase("""{"clientid":"","cleansession":false}""", Severity.Info, "cleansession", TestName = "HA003 Without a client id it is only good to know")]
    [TestCase("""{"protocolVersion":5,"sessionExpiry":"60"}""", Severity.Warning, "sessionExpiry", TestName = "HA003 An expiry in MQTT 5 is found")]
    [TestCase("""{"clientid":"a","cleansession":true}""", null, null, TestName = "HA003 A clean session is fine")]
    [TestCase("""{"protocolVersion":4,"sessionExpiry":"60"}""", null, null, TestName = "HA003 MQTT 3.1.1 knows no expiry")]
    [TestCase("""{"protocolVersion":5,"sessionExpiry":0}""", null, null, TestName = "HA003 An expiry of nothing is fine")]
    [TestCase("""{"clientid":"${HOSTNAME}","cleansession":false}""", null, null, TestName = "HA003 A client id of each replica may keep its session")]
    public void HA003(string broker, Severity? severity, string? property) => Expect("HA003", severity is null ? 0 : 1, severity, property, User, Config(broker));

    [TestCase("""{"willTopic":"plant/status","willRetain":"true"}""", "willTopic", TestName = "HA004 A retained will is found")]
    [TestCase("""{"birthTopic":"plant/status","birthRetain":true}""", "birthTopic", TestName = "HA004 A retained birth is found")]
    [TestCase("""{"willTopic":"plant/status","willRetain":"false"}""", null, TestName = "HA004 What is not retained is fine")]
    [TestCase("""{"willTopic":"","willRetain":"true"}""", null, TestName = "HA004 No topic is fine")]
    [TestCase("""{"willTopic":"${STATUS_TOPIC}","willRetain":"true"}""", null, TestName = "HA004 A topic of each replica is fine")]
    public void HA004(string broker, string? property) => Expect("HA004", property is null ? 0 : 1, Severity.Warning, property, User, Config(broker));

    [TestCase("""{"type":"mqtt in","topic":"","inputs":1}""", 1)]
    [TestCase("""{"type":"mqtt in","topic":"","inputs":0}""", 0)]
    public void HA005(string node, int findings) => Expect("HA005", findings, Severity.Info, "inputs", node, Broker);

    [TestCase("""{"type":"mqtt in","topic":"$share//a/b"}""", Severity.Error, "topic", TestName = "HA006 An empty group is found")]
    [TestCase("""{"type":"mqtt in","topic":"$share/+/a"}""", Severity.Error, "topic", TestName = "HA006 A wildcard group is found")]
    [TestCase("""{"type":"mqtt in","topic":"$share/group"}""", Severity.Error, "topic", TestName = "HA006 A group without a topic is found")]
    [TestCase("""{"type":"mqtt in","topic":"$queue/a/b"}""", Severity.Warning, "topic", TestName = "HA006 $queue is found")]
    [TestCase("""{"type":"mqtt in","topic":"$share/g/a","nl":true}""", Severity.Error, "nl", TestName = "HA006 No local is found")]
    [TestCase("""{"type":"mqtt in","topic":"$share/g/a","nl":false}""", null, null, TestName = "HA006 A sound one is fine")]
    [TestCase("""{"type":"mqtt in","topic":"a/b","nl":true}""", null, null, TestName = "HA006 No local on a plain topic is allowed")]
    public void HA006(string node, Severity? severity, string? property) => Expect("HA006", severity is null ? 0 : 1, severity, property, node, Broker);

    [TestCase("""{"type":"mqtt in","broker":"b","topic":"$share/g/a","rh":0,"rap":true}""", 1)]
    [TestCase("""{"type":"mqtt in","broker":"b","topic":"$share/g/a","rh":2,"rap":true}""", 0)]
    [TestCase("""{"type":"mqtt in","broker":"b","topic":"a","rh":0,"rap":true}""", 0)]
    [TestCase("""{"type":"mqtt in","broker":"b","topic":"$share/g/a","rh":0,"rap":false}""", 0, TestName = "HA007 Who does not ask whether it was retained does not wait for it")]
    [TestCase("""{"type":"mqtt in","broker":"b","topic":"$share/g","rh":0,"rap":true}""", 0, TestName = "HA007 A share that is none is another rule's")]
    public void HA007(string node, int findings) => Expect("HA007", findings, Severity.Info, "rh", node, Broker5);

    [Test]
    public void HA007_MQTT_3_knows_no_such_wish() =>
        Assert.That(Find("HA007", Place("""{"type":"mqtt in","broker":"b","topic":"$share/g/a","rh":0,"rap":true}"""), Broker), Is.Empty);

    [TestCase("""{"type":"inject","repeat":"5","crontab":""}""", "repeat")]
    [TestCase("""{"type":"inject","repeat":5}""", "repeat")]
    [TestCase("""{"type":"inject","repeat":"","crontab":"*/5 * * * *"}""", "crontab")]
    [TestCase("""{"type":"cronplus","options":[{"name":"x"}]}""", "type")]
    [TestCase("""{"type":"bigtimer"}""", "type")]
    [TestCase("""{"type":"schedex"}""", "type")]
    [TestCase("""{"type":"inject","repeat":"","crontab":""}""", null, TestName = "HA010 A button is fine")]
    [TestCase("""{"type":"inject","repeat":"0","crontab":""}""", null, TestName = "HA010 Every 0 s is never")]
    [TestCase("""{"type":"inject","repeat":"5","d":true}""", null, TestName = "HA010 A disabled schedule is fine")]
    [TestCase("""{"type":"inject","repeat":"","crontab":"${LEADER_CRON}"}""", null, TestName = "HA010 A schedule that only one replica has is not guessed")]
    [TestCase("""{"type":"cronplus","options":[]}""", null, TestName = "HA010 A scheduler without schedules is fine")]
    public void HA010(string node, string? property) => Expect("HA010", property is null ? 0 : 1, Severity.Error, property, node);

    [TestCase("""{"type":"inject","once":true,"wires":[["dbg"]]}""", 1)]
    [TestCase("""{"type":"inject","once":true,"wires":[["fill"]]}""", 0, TestName = "HA011 Filling the context at the start is what every replica needs")]
    [TestCase("""{"type":"inject","once":true,"wires":[["fill"],["send"]]}""", 1, TestName = "HA011 Filling the context and sending is found")]
    [TestCase("""{"type":"inject","once":false,"wires":[["dbg"]]}""", 0)]
    public void HA011(string node, int findings) => Expect(
        "HA011", findings, Severity.Warning, "once", node,
        """{"id":"dbg","type":"debug","z":"t","x":1,"y":1,"wires":[]}""",
        """{"id":"send","type":"mqtt out","z":"t","x":1,"y":1,"wires":[]}""",
        """{"id":"fill","type":"change","z":"t","rules":[{"t":"set","p":"limit","pt":"flow","to":"7","tot":"num"}],"x":1,"y":1,"wires":[[]]}""");

    [TestCase("smooth", "{}", Severity.Error)]
    [TestCase("batch", """{"mode":"count"}""", Severity.Error)]
    [TestCase("batch", """{"mode":"interval"}""", Severity.Error)]
    [TestCase("join", """{"mode":"custom"}""", Severity.Error)]
    [TestCase("rbe", """{"func":"rbe"}""", Severity.Warning)]
    [TestCase("trigger", "{}", Severity.Warning)]
    [TestCase("trigger", """{"bytopic":"topic"}""", Severity.Warning, TestName = "HA030 By topic it remembers what only one replica may see")]
    [TestCase("batch", """{"mode":"concat"}""", null)]
    [TestCase("join", """{"mode":"auto"}""", null)]
    public void HA030(string type, string more, Severity? severity) => Expect("HA030", severity is null ? 0 : 1, severity, null, With(type, more));

    [TestCase("split", 0, TestName = "HA030 A join that is fed by a split of the same message is fine")]
    [TestCase("change", 1, TestName = "HA030 A join that is fed by something else is found")]
    public void HA030_and_splits(string before, int findings) => Assert.That(Find("HA030",
        """{"id":"in","type":"http in","z":"t","x":1,"y":1,"wires":[["mid"]]}""",
        $$"""{"id":"mid","type":"{{before}}","z":"t","x":1,"y":1,"wires":[["lo"]]}""",
        """{"id":"lo","type":"link out","z":"t","links":["li"],"x":1,"y":1,"wires":[]}""",
        """{"id":"li","type":"link in","z":"t","x":1,"y":1,"wires":[["n"]]}""",
        """{"id":"n","type":"join","z":"t","mode":"custom","x":1,"y":1,"wires":[[]]}"""), Has.Count.EqualTo(findings));

    [Test]
    public void HA030_One_way_around_the_split_is_enough_to_be_found() => Assert.That(Find("HA030",
        """{"id":"in","type":"http in","z":"t","x":1,"y":1,"wires":[["s","n"]]}""",
        """{"id":"s","type":"split","z":"t","x":1,"y":1,"wires":[["n"]]}""",
        """{"id":"other","type":"mqtt in","z":"t","x":1,"y":1,"wires":[["n"]]}""",
        """{"id":"n","type":"join","z":"t","mode":"custom","count":"9","x":1,"y":1,"wires":[[]]}"""), Has.Count.EqualTo(1));

    [Test]
    public void HA030_Joins_inside_joins_match_splits_inside_splits() => Assert.That(Find("HA030",
        """{"id":"in","type":"http in","z":"t","x":1,"y":1,"wires":[["s1"]]}""",
        """{"id":"s1","type":"split","z":"t","x":1,"y":1,"wires":[["s2"]]}""",
        """{"id":"s2","type":"split","z":"t","x":1,"y":1,"wires":[["j2"]]}""",
        """{"id":"j2","type":"join","z":"t","mode":"custom","x":1,"y":1,"wires":[["j1"]]}""",
        """{"id":"j1","type":"join","z":"t","mode":"custom","x":1,"y":1,"wires":[["j0"]]}""",
        """{"id":"j0","type":"join","z":"t","mode":"custom","x":1,"y":1,"wires":[[]]}""").Select(x => x.NodeId), Is.EqualTo(new[] { "j0" }));

    [TestCase("2", 0, TestName = "HA030 One message that goes two ways and is joined again never leaves its replica")]
    [TestCase("5", 1, TestName = "HA030 A join that waits for more than the branches is found")]
    public void HA030_and_branches(string count, int findings) => Assert.That(Find("HA030",
        """{"id":"in","type":"http in","z":"t","x":1,"y":1,"wires":[["a","b"]]}""",
        """{"id":"a","type":"http request","z":"t","x":1,"y":1,"wires":[["n"]]}""",
        """{"id":"b","type":"http request","z":"t","x":1,"y":1,"wires":[["n"]]}""",
        $$"""{"id":"n","type":"join","z":"t","mode":"custom","count":"{{count}}","x":1,"y":1,"wires":[[]]}"""), Has.Count.EqualTo(findings));

    [TestCase("plant/temp", "true", 0, TestName = "HA030 A filter by topic of topics that every replica gets is fine")]
    [TestCase("$share/g/plant/temp", "true", 1, TestName = "HA030 A filter behind a shared subscription is found")]
    [TestCase("plant/temp", "false", 1, TestName = "HA030 A filter over all topics is found")]
    public void HA030_and_pinned_topics(string topic, string byTopic, int findings) => Assert.That(Find("HA030",
        $$"""{"id":"in","type":"mqtt in","topic":"{{topic}}","z":"t","x":1,"y":1,"wires":[["n"]]}""",
        $$"""{"id":"n","type":"rbe","septopics":{{byTopic}},"z":"t","x":1,"y":1,"wires":[[]]}"""), Has.Count.EqualTo(findings));

    [TestCase("rate", 1)]
    [TestCase("queue", 1)]
    [TestCase("timed", 1)]
    [TestCase("burst", 1)]
    [TestCase("delay", 0)]
    [TestCase("delayv", 0)]
    [TestCase("random", 0)]
    public void HA031(string pause, int findings) => Expect("HA031", findings, Severity.Warning, "pauseType", With("delay", $$"""{"pauseType":"{{pause}}"}"""));

    [TestCase("join", """{"mode":"auto"}""", 1)]
    [TestCase("join", """{"mode":"reduce"}""", 1)]
    [TestCase("sort", """{"targetType":"seq"}""", 1)]
    [TestCase("sort", """{"targetType":"msg"}""", 0)]
    [TestCase("join", """{"mode":"custom"}""", 0)]
    public void HA032(string type, string more, int findings) => Expect("HA032", findings, Severity.Info, null, With(type, more));

    [TestCase("split", "{}", 0)]
    [TestCase("csv", """{"multi":"one"}""", 0)]
    [TestCase("csv", """{"multi":"mult"}""", 1)]
    [TestCase("file in", """{"format":"lines"}""", 0)]
    [TestCase("json", "{}", 1)]
    public void HA032_and_splits(string type, string more, int findings) => Assert.That(Find("HA032",
        """{"id":"in","type":"http in","z":"t","x":1,"y":1,"wires":[["n"]]}""",
        Place(With(type, more)).Replace("\"wires\":[[]]", "\"wires\":[[\"j\"]]", StringComparison.Ordinal),
        """{"id":"j","type":"join","z":"t","mode":"auto","x":1,"y":1,"wires":[[]]}"""), Has.Count.EqualTo(findings));

    [TestCase("file", """{"filename":"/data/log.txt"}""", Severity.Warning)]
    [TestCase("file", """{"filename":""}""", Severity.Warning)]
    [TestCase("file in", """{"filename":"/data/log.txt"}""", Severity.Info)]
    [TestCase("file", """{"filename":"/dev/stdout"}""", null)]
    public void HA040(string type, string more, Severity? severity) => Expect("HA040", severity is null ? 0 : 1, severity, "filename", With(type, more));

    [TestCase("watch", "files")]
    [TestCase("tail", "filename")]
    [TestCase("file in", null)]
    public void HA041(string type, string? property) => Expect("HA041", property is null ? 0 : 1, Severity.Error, property, With(type, "{}"));

    [TestCase("tcp in", """{"server":"server","port":"9000"}""", Severity.Warning)]
    [TestCase("tcp in", """{"server":"client","host":"h","port":"9000"}""", Severity.Error)]
    [TestCase("tcp in", """{"server":false,"host":"h","port":"9000"}""", Severity.Error, TestName = "HA042 A client as flows of old wrote it")]
    [TestCase("udp in", """{"multicast":"false","port":"9000"}""", Severity.Warning)]
    [TestCase("udp in", """{"multicast":"true","group":"224.0.0.1"}""", Severity.Error)]
    [TestCase("tcp out", """{"host":"h"}""", null)]
    [TestCase("tcp request", """{"server":"h"}""", null)]
    public void HA042(string type, string more, Severity? severity) => Expect("HA042", severity is null ? 0 : 1, severity, null, With(type, more));

    [TestCase("w", 1)]
    [TestCase("other", 0, TestName = "HA043 A listener that nobody uses takes no clients")]
    public void HA043(string server, int findings) =>
        Expect("HA043", findings, Severity.Info, "path", With("websocket in", $$"""{"server":"{{server}}"}"""), """{"id":"w","type":"websocket-listener","path":"/ws"}""");

    [TestCase("websocket in", 1)]
    [TestCase("websocket out", 0, TestName = "HA044 A client that only sends doubles nothing")]
    public void HA044(string type, int findings) =>
        Expect("HA044", findings, Severity.Error, "path", With(type, """{"client":"w"}"""), """{"id":"w","type":"websocket-client","path":"wss://feed"}""");

    [TestCase("serial in", 1)]
    [TestCase("rpi-gpio out", 1)]
    [TestCase("modbus-server", 1)]
    [TestCase("modbus-read", 0)]
    public void HA045(string type, int findings) => Expect("HA045", findings, Severity.Error, "type", With(type, "{}"));

    [TestCase("""{"useSpawn":"true"}""", 1)]
    [TestCase("""{"useSpawn":true}""", 1)]
    [TestCase("""{"useSpawn":"false"}""", 0)]
    public void HA046(string more, int findings) => Expect("HA046", findings, Severity.Info, "useSpawn", With("exec", more));

    [TestCase("e-mail in", "{}", 1)]
    [TestCase("e-mail in", """{"fetch":"trigger"}""", 0)]
    [TestCase("feedparse", "{}", 1)]
    [TestCase("telegram receiver", "{}", 1)]
    [TestCase("twitter in", "{}", 1)]
    [TestCase("e-mail", "{}", 0)]
    public void HA047(string type, string more, int findings) => Expect("HA047", findings, Severity.Error, "type", With(type, more));

    [TestCase("kafka-consumer", """{"groupid":""}""", "groupid")]
    [TestCase("kafkajs-consumer", "{}", "groupid")]
    [TestCase("rdkafka in", """{"cgroup":" "}""", "cgroup")]
    [TestCase("Kafka Consumer Group", "{}", "groupId")]
    [TestCase("Kafka Consumer", "{}", "type")]
    [TestCase("kafka-consumer", """{"groupid":"plant"}""", null)]
    [TestCase("kafkajs-consumer", """{"groupid":"plant"}""", null)]
    [TestCase("rdkafka in", """{"cgroup":"plant"}""", null)]
    [TestCase("Kafka Consumer Group", """{"groupId":"plant"}""", null)]
    public void HA050(string type, string more, string? property) => Expect("HA050", property is null ? 0 : 1, Severity.Error, property, With(type, more));

    [TestCase("amqp-in", """{"queueName":"","queueExclusive":true}""", "queueName")]
    [TestCase("amqp-in", """{"queueName":"orders","queueExclusive":true}""", "queueExclusive")]
    [TestCase("amqp-in", """{"queueName":"orders","queueExclusive":false}""", null)]
    [TestCase("amqp in", """{"iotype":"3","ioname":"orders"}""", "iotype")]
    [TestCase("amqp in", """{"iotype":"4","ioname":"orders"}""", null)]
    public void HA051(string type, string more, string? property) => Expect("HA051", property is null ? 0 : 1, Severity.Error, property, With(type, more));

    [TestCase("project link in", 1)]
    [TestCase("project link call", 1)]
    [TestCase("link in", 0)]
    public void HA052(string type, int findings) => Expect("HA052", findings, Severity.Info, "type", With(type, "{}"));

    [TestCase("ui_gauge", 1)]
    [TestCase("ui-chart", 1)]
    [TestCase("debug", 0, TestName = "HA060 A base without widgets shows nothing")]
    public void HA060(string type, int findings) => Expect("HA060", findings, Severity.Warning, null, With(type, "{}"), """{"id":"base","type":"ui_base"}""");

    [TestCase("""[["out"]]""", 0)]
    [TestCase("""[["lo"]]""", 0, TestName = "HA061 A response behind a link is reached")]
    [TestCase("""[["lc"]]""", 0, TestName = "HA061 A response behind a link call is reached")]
    [TestCase("""[["sub"]]""", 0, TestName = "HA061 A response inside a subflow is reached")]
    [TestCase("""[["self"]]""", 0, TestName = "HA061 Function code that answers by itself answers")]
    [TestCase("""[["off"]]""", 1, TestName = "HA061 A disabled response answers nothing")]
    [TestCase("""[[]]""", 1)]
    public void HA061(string wires, int findings) => Assert.That(Find("HA061",
        $$"""{"id":"n","type":"http in","z":"t","url":"/a","x":1,"y":1,"wires":{{wires}}}""",
        """{"id":"out","type":"http response","z":"t","x":1,"y":1,"wires":[]}""",
        """{"id":"off","type":"http response","z":"t","d":true,"x":1,"y":1,"wires":[]}""",
        """{"id":"lo","type":"link out","z":"t","links":["li"],"x":1,"y":1,"wires":[]}""",
        """{"id":"li","type":"link in","z":"t","x":1,"y":1,"wires":[["out"]]}""",
        """{"id":"lc","type":"link call","z":"t","links":["sin"],"x":1,"y":1,"wires":[["out"]]}""",
        """{"id":"sin","type":"link in","z":"t","x":1,"y":1,"wires":[["sout"]]}""",
        """{"id":"sout","type":"link out","z":"t","mode":"return","x":1,"y":1,"wires":[]}""",
        """{"id":"S","type":"subflow","name":"answering","in":[{"wires":[{"id":"inner"}]}],"out":[]}""",
        """{"id":"inner","type":"http response","z":"S","x":1,"y":1,"wires":[]}""",
        """{"id":"sub","type":"subflow:S","z":"t","x":1,"y":1,"wires":[]}""",
        """{"id":"self","type":"function","z":"t","func":"msg.res.status(204).send()","x":1,"y":1,"wires":[]}"""), Has.Count.EqualTo(findings));

    [TestCase("flow.set('waiting', msg.res)", 1)]
    [TestCase("flow.set('waiting', {later: msg})", 1)]
    [TestCase("flow.set('waiting', RED.util.cloneMessage(msg))", 1)]
    [TestCase("flow.set('waiting', msg.payload)", 0)]
    [TestCase("flow.set('waiting', msg)", 0, "out", TestName = "HA061 A message of no request may be kept")]
    public void HA061_A_request_is_not_kept_for_later(string code, int findings, string to = "n") => Assert.That(Find("HA061",
        $$"""{"id":"in","type":"http in","z":"t","url":"/a","x":1,"y":1,"wires":[["{{to}}","out"]]}""",
        $$"""{"id":"n","type":"function","z":"t","func":"{{code}}","x":1,"y":1,"wires":[[]]}""",
        """{"id":"out","type":"http response","z":"t","x":1,"y":1,"wires":[]}"""), Has.Count.EqualTo(findings));

    [Test]
    public void A_topic_that_comes_from_a_subflow_instance_is_resolved_through_every_level()
    {
        string[] nodes =
        [
            """{"id":"S","type":"subflow","name":"listen","env":[{"name":"TOPIC","type":"str","value":"$share/g/standard"}]}""",
            """{"id":"O","type":"subflow","name":"outer","env":[{"name":"OUTER","type":"str","value":"orders"}]}""",
            """{"id":"in","type":"mqtt in","z":"S","topic":"${TOPIC}","x":1,"y":1,"wires":[[]]}""",
            """{"id":"i1","type":"subflow:S","z":"t","x":1,"y":1,"wires":[]}""",
            """{"id":"i2","type":"subflow:S","z":"O","name":"of outer","env":[{"name":"TOPIC","type":"env","value":"OUTER"}],"x":1,"y":1,"wires":[]}""",
        ];
        Assert.That(Find("HA001", nodes), Is.Empty, "the default is shared, and nobody uses outer");
        var found = Find("HA001", [.. nodes, """{"id":"o1","type":"subflow:O","z":"t","x":1,"y":1,"wires":[]}"""]).Single();
        Assert.That((found.NodeId, found.Tab), Is.EqualTo(("in", "listen")));
        Assert.That(found.Reason, Does.Contain("orders").And.Contain("of outer"));
        Assert.That(Find("HA001", [.. nodes, """{"id":"o1","type":"subflow:O","z":"t","env":[{"name":"OUTER","type":"str","value":"$share/g/orders"}],"x":1,"y":1,"wires":[]}"""]), Is.Empty);
    }

    [Test]
    public void A_subflow_is_looked_at_once_however_often_it_is_used() => Assert.That(Find("HA010",
        """{"id":"S","type":"subflow","name":"tick"}""", """{"id":"n","type":"inject","z":"S","repeat":"5","x":1,"y":1,"wires":[[]]}""",
        """{"id":"i1","type":"subflow:S","z":"t","x":1,"y":1,"wires":[]}""", """{"id":"i2","type":"subflow:S","z":"t","x":1,"y":1,"wires":[]}"""), Has.Count.EqualTo(1));

    [TestCase("""{"id":"n","type":"inject","z":"S","repeat":"5","x":1,"y":1,"wires":[[]]}""", TestName = "What only an unused subflow holds does not run")]
    [TestCase("""{"id":"n","type":"inject","z":"U","d":true,"repeat":"5","x":1,"y":1,"wires":[[]]}""", TestName = "What is disabled in a subflow that is used does not run")]
    [TestCase("""{"id":"n","type":"inject","z":"off","repeat":"5","x":1,"y":1,"wires":[[]]}""", TestName = "What lies on a disabled tab does not run")]
    public void What_does_not_run_is_not_looked_at(string node) => Assert.That(Find("HA010",
        """{"id":"S","type":"subflow","name":"unused"}""", """{"id":"off","type":"tab","disabled":true}""",
        """{"id":"U","type":"subflow","name":"used"}""", """{"id":"u","type":"subflow:U","z":"t","x":1,"y":1,"wires":[]}""",
        """{"id":"i","type":"subflow:S","z":"off","x":1,"y":1,"wires":[]}""", node), Is.Empty);

    [TestCase("""{"repeat":"5"}""", "'inject' (n) sends every 5 s, on every replica.")]
    [TestCase("""{"crontab":"0 6 * * *"}""", "'inject' (n) sends at 0 6 * * *, on every replica.")]
    public void A_schedule_is_told_in_its_own_words(string more, string reason) => Assert.That(Find("HA010", Place(With("inject", more))).Single().Reason, Is.EqualTo(reason));

    [Test]
    public void A_finding_says_whose_where_and_what()
    {
        var found = Find("HA020", """{"id":"f1","type":"function","name":"count","z":"t","func":"let n = 1;\n  flow.set('n', n);","x":1,"y":1,"wires":[[]]}""").Single();
        Assert.That((found.NodeId, found.NodeName, found.NodeType, found.Tab, found.Property, found.Line, found.Column), Is.EqualTo(("f1", "count", "function", "Orders", "func", 2, 3)));
        Assert.That(found.Reason, Is.EqualTo("'count' (f1) keeps 'n' in the flow context of one replica."));
    }

    internal const string User = """{"type":"mqtt out","broker":"b","topic":"x"}""";

    internal static IReadOnlyList<Finding> Find(string rule, params string[] nodes) => Find(Profile.Ha, rule, nodes);

    internal static IReadOnlyList<Finding> Find(Profile profile, string rule, params string[] nodes) =>
        [.. RuleBook.Check(new RuleContext(Nodes.Set(Flows(nodes))), profile).Findings.Where(finding => finding.Rule == rule)];

    internal static string Flows(params string[] nodes) =>
        $"[{{\"id\":\"t\",\"type\":\"tab\",\"label\":\"Orders\",\"env\":[{{\"name\":\"TOPIC\",\"type\":\"str\",\"value\":\"orders\"}},{{\"name\":\"SHARED\",\"type\":\"str\",\"value\":\"$share/g/orders\"}}]}}{string.Concat(nodes.Select(node => $",{node}"))}]";

    // A node without an id gets one, and a place on the tab.
    internal static string Place(string node) =>
        node.Contains("\"id\"", StringComparison.Ordinal) ? node
        : $"{{\"id\":\"n\",\"z\":\"t\",\"x\":1,\"y\":1,{(node.Contains("\"wires\"", StringComparison.Ordinal) ? "" : "\"wires\":[[]],")}{node[1..]}";

    internal static string With(string type, string more) => $"{{\"type\":\"{type}\"{(more == "{}" ? "" : ",")}{more[1..]}";

    private static string Config(string more) => $"{{\"id\":\"b\",\"type\":\"mqtt-broker\"{(more == "{}" ? "" : ",")}{more[1..]}";

    private static void Expect(string rule, int findings, Severity? severity, string? property, params string[] nodes)
    {
        var found = Find(rule, [.. nodes.Select(Place)]);
        Assert.That(found, Has.Count.EqualTo(findings));
        Assert.That(found, Has.All.Matches<Finding>(x => x.Severity == severity && (property is null || x.Property == property) && x.NodeId is not null && x.Reason.EndsWith('.')));
    }
}
