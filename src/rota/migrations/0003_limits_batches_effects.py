import django.db.models.deletion
import rota.models.ids
from django.db import migrations, models


WAITING = """
    UPDATE rota_run SET waits_at = gate_key
    WHERE state = 'READY' AND ready_at IS NULL AND parked_at IS NULL AND gate_key <> ''"""


class Migration(migrations.Migration):

    dependencies = [
        ('rota', '0002_audit_triggers'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.UUIDField(default=rota.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('requested_by', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('created_at', models.DateTimeField()),
                ('sealed_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('then', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='Effect',
            fields=[
                ('key', models.CharField(max_length=250, primary_key=True, serialize=False)),
                ('run_id', models.UUIDField(null=True)),
                ('attempt', models.PositiveSmallIntegerField(null=True)),
                ('made_at', models.DateTimeField()),
                ('result', models.JSONField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='OpenAttempt',
            fields=[
                ('run_id', models.UUIDField(primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('token', models.BigIntegerField()),
                ('progress', models.JSONField(null=True)),
                ('log', models.TextField(blank=True, db_default='', default='')),
                ('written_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name='run',
            name='rota_run_history',
        ),
        migrations.RemoveIndex(
            model_name='run',
            name='rota_run_ended',
        ),
        migrations.RemoveIndex(
            model_name='run',
            name='rota_run_gate',
        ),
        migrations.AddField(
            model_name='attempt',
            name='progress',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='gate',
            name='next_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='process',
            name='memory',
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='process',
            name='mode',
            field=models.CharField(max_length=10, null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='limit_key',
            field=models.CharField(max_length=250, null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='rate_key',
            field=models.CharField(max_length=250, null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='waits_at',
            field=models.CharField(max_length=250, null=True),
        ),
        migrations.AlterField(
            model_name='attempt',
            name='run',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='rota.run'),
        ),
        migrations.AlterField(
            model_name='run',
            name='schedule',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='rota.schedule'),
        ),
        migrations.AlterField(
            model_name='run',
            name='unique_key',
            field=models.CharField(max_length=250, null=True),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(fields=['finished_at', 'created_at'], name='rota_batch_open'),
        ),
        migrations.AddField(
            model_name='run',
            name='batch',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='rota.batch'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('schedule__isnull', False)), fields=['schedule', 'enqueued_at'], name='rota_run_history'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['state', 'queue_name'], name='rota_run_open'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['state', 'finished_at'], name='rota_run_ended'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('settled_at__isnull', True), ('state', 'FAILED')), fields=['state', 'settled_at', 'finished_at'], name='rota_run_dead'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('gate_key', ''), _negated=True), fields=['gate_key', 'state', 'waits_at', 'overlap'], name='rota_run_gate'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('limit_key__isnull', False)), fields=['limit_key', 'state', 'waits_at'], name='rota_run_limit'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('rate_key__isnull', False)), fields=['rate_key', 'state', 'waits_at'], name='rota_run_rate'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('waits_at__isnull', False)), fields=['waits_at', '-priority', 'id'], name='rota_run_waits'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('retry_of__isnull', False)), fields=['retry_of'], name='rota_run_retry_of'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('batch__isnull', False)), fields=['batch', 'state'], name='rota_run_batch'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(fields=('unique_key',), name='rota_run_asked_once'),
        ),
        migrations.AddIndex(
            model_name='effect',
            index=models.Index(fields=['made_at'], name='rota_effect_age'),
        ),
        # What waited at its schedule's gate says so by itself from now on.
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
    ]
